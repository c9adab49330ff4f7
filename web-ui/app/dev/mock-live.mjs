// The mock server's live link: one watch a socket, ten frames a second at the most.

import { WebSocketServer } from "ws";

import { FilterFault } from "./mock-filter.mjs";

const FRAME_MS = 100;

export class MockLive {
  constructor(pages, status) {
    this.pages = pages;
    this.status = status;
    this.sockets = new Set();
    this.refusing = false;
    this.server = new WebSocketServer({ noServer: true });
    this.timer = setInterval(() => this.frame(), FRAME_MS);
    this.beats = 0;
  }

  upgrade(request, socket, head) {
    if (this.refusing) {
      socket.destroy();
      return;
    }
    this.server.handleUpgrade(request, socket, head, (opened) => {
      const client = { opened, watch: null, dirty: false, offset: -1, selected: null };
      this.sockets.add(client);
      opened.on("close", () => this.sockets.delete(client));
      opened.on("message", (data) => this.hear(client, JSON.parse(String(data))));
      send(client, { type: "status", status: this.status() });
    });
  }

  hear(client, message) {
    if (message.type === "watch") {
      client.watch = message;
      this.answer(client, true);
    } else if (message.type === "select") {
      client.selected = message.exchange;
    }
  }

  /** Something changed: whoever watches is told with the next frame. */
  changed() {
    for (const client of this.sockets) {
      client.dirty = true;
    }
  }

  /** An exchange changed: whoever looks at it is told. */
  touched(exchange) {
    for (const client of this.sockets) {
      if (client.selected === exchange) {
        send(client, { type: "selected", exchange });
      }
    }
  }

  drop(refuse) {
    this.refusing = refuse;
    for (const client of this.sockets) {
      client.opened.terminate();
    }
  }

  frame() {
    this.beats += 1;
    for (const client of this.sockets) {
      if (client.dirty && client.watch) {
        this.answer(client, false);
      }
      if (this.beats % 10 === 0) {
        send(client, { type: "status", status: this.status() });
      }
    }
  }

  answer(client, first) {
    const { watch, view, filter, sort, from, limit } = client.watch;
    client.dirty = false;
    try {
      const page = this.pages(view, filter, sort, from, limit);
      const key = `${page.offset} ${page.items.map((row) => row.id).join()}`;
      const moved = first || key !== client.key;
      client.key = key;
      send(
        client,
        moved
          ? { type: "window", watch, ...page }
          : { type: "rows", watch, total: page.total, matched: page.matched, items: [] },
      );
    } catch (fault) {
      if (!(fault instanceof FilterFault)) {
        throw fault;
      }
      send(client, { type: "filter_error", watch, detail: fault.message, at: fault.at });
    }
  }
}

function send(client, message) {
  if (client.opened.readyState === 1) {
    client.opened.send(JSON.stringify(message));
  }
}
