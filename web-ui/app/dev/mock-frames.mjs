// The mock server's frames of HTTP/2: what a few streams side by side look like on both legs, or thousands of frames.

const frame = (at_us, from, stream, type, length, flags = [], detail = null) => ({
  at_us: Math.round(at_us),
  from,
  stream,
  type,
  flags,
  length,
  detail,
});

const SETTINGS = {
  client: { HEADER_TABLE_SIZE: 65_536, ENABLE_PUSH: 0, INITIAL_WINDOW_SIZE: 6_291_456, MAX_HEADER_LIST_SIZE: 262_144 },
  origin: { MAX_CONCURRENT_STREAMS: 128, INITIAL_WINDOW_SIZE: 65_536, MAX_FRAME_SIZE: 16_777_215 },
  handlens: { MAX_CONCURRENT_STREAMS: 256, INITIAL_WINDOW_SIZE: 1_048_576, ENABLE_CONNECT_PROTOCOL: 1 },
};

const told = (settings) => ({ settings: Object.entries(settings).map(([name, value]) => ({ name, value })) });

/** One leg of a connection with so many streams of so many DATA frames; `shift`: how much later than the client leg. */
function leg(peer, streams, parts, shift) {
  const asks = peer === "client" ? "client" : "handlens";
  const answers = peer === "client" ? "handlens" : "origin";
  const frames = [
    frame(shift, asks, 0, "SETTINGS", 24, [], told(SETTINGS[asks])),
    frame(shift + 40, asks, 0, "WINDOW_UPDATE", 4, [], { increment: 15_663_105 }),
    frame(shift + 900, answers, 0, "SETTINGS", 18, [], told(SETTINGS[answers])),
    frame(shift + 980, asks, 0, "SETTINGS", 0, ["ACK"]),
    frame(shift + 1_020, answers, 0, "SETTINGS", 0, ["ACK"]),
  ];
  for (let nth = 0; nth < streams; nth += 1) {
    const stream = nth * 2 + 1;
    const begin = 1_200 + shift + nth * 5_300;
    const posts = nth % 5 === 2;
    frames.push(
      frame(begin, asks, stream, "HEADERS", 84 + (nth % 40), posts ? ["END_HEADERS"] : ["END_HEADERS", "END_STREAM"]),
    );
    if (posts) {
      frames.push(frame(begin + 300, asks, stream, "DATA", 412, ["END_STREAM"]));
    }
    const answer = begin + (peer === "client" ? 9_800 : 8_900) + (nth % 7) * 700;
    if (nth % 11 === 7) {
      frames.push(frame(answer, asks, stream, "RST_STREAM", 4, [], { code: "CANCEL" }));
      continue;
    }
    frames.push(frame(answer, answers, stream, "HEADERS", 120, ["END_HEADERS"]));
    for (let part = 0; part < parts; part += 1) {
      const last = part === parts - 1 && nth !== streams - 1;
      frames.push(frame(answer + 200 + part * 350, answers, stream, "DATA", 16_384, last ? ["END_STREAM"] : []));
      if (part % 4 === 3) {
        frames.push(frame(answer + 260 + part * 350, asks, stream, "WINDOW_UPDATE", 4, [], { increment: 65_536 }));
        frames.push(frame(answer + 262 + part * 350, asks, 0, "WINDOW_UPDATE", 4, [], { increment: 65_536 }));
      }
    }
  }
  const end = 1_200 + shift + streams * 5_300;
  frames.push(
    frame(end, answers, 0, "PING", 8),
    frame(end + 700, asks, 0, "PING", 8, ["ACK"]),
    frame(end + 30_000, answers, 0, "GOAWAY", 8, [], { last_stream: streams * 2 - 1, code: "NO_ERROR" }),
  );
  return { frames: frames.sort((a, b) => a.at_us - b.at_us), omitted: streams > 100 ? 1_204 : 0 };
}

/** Frames of connection `k`, or of none where HTTP/2 was not spoken. */
export function frames(connection, k) {
  const spoken = (one) => one.tls?.alpn === "h2";
  const [streams, parts] = k === 2 ? [400, 40] : [12 + (k % 5), 6 + (k % 9)];
  return {
    client: spoken(connection.client) ? leg("client", streams, parts, 0) : null,
    origin: spoken(connection.origin) ? leg("origin", streams, parts, 450) : null,
  };
}
