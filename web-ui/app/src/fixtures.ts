// Rows and exchanges for tests.

import type { Connection, ExchangeDetail, ExchangeRow } from "./types/generated";

export function exchangeRow(number: number, change: Partial<ExchangeRow> = {}): ExchangeRow {
  return {
    number,
    id: `id-${number}`,
    connection: "c-1",
    started: "2026-11-21T09:00:00.000000Z",
    duration_us: 41_000,
    method: "GET",
    url: `https://a.example/${number}`,
    scheme: "https",
    host: "a.example",
    port: 443,
    path: `/${number}`,
    status: 200,
    http_version: "HTTP/2",
    request_bytes: 0,
    response_bytes: 12,
    content_type: "text/plain",
    state: "done",
    error: null,
    tls: {
      client: "TLS 1.3",
      origin: "TLS 1.3",
      decision: "trusted",
      client_suite: "TLS_AES_128_GCM_SHA256",
      origin_suite: "TLS_AES_128_GCM_SHA256",
      client_group: "X25519MLKEM768",
      origin_group: "X25519MLKEM768",
      client_alpn: "h2",
      origin_alpn: "h2",
      ja4: "t13d1516h2_8daaf6152771_02713d6af862",
      resumed: false,
      origin_resumed: false,
      legacy: false,
    },
    failure: null,
    protocol: "http",
    operation: null,
    grpc_status: null,
    process: null,
    stream_id: null,
    origin_stream_id: null,
    invites_to_h3: false,
    ...change,
  };
}

export const connection: Connection = {
  id: "c-1",
  opened: "2026-11-21T08:59:59.950000Z",
  closed: null,
  door: "connect",
  target: "a.example:443",
  sni: "a.example",
  outcome: "inspected",
  failure: null,
  client: { address: "127.0.0.1:40000", tls: null, resolve_us: null, connect_us: null },
  origin: { address: "203.0.113.1:443", tls: null, resolve_us: 2_000, connect_us: 10_000, verdict: null },
  mint_us: 40,
  bytes_from_client: 100,
  bytes_from_origin: 200,
  exchanges: 1,
  via: null,
  via_us: null,
  starttls: null,
  reset_by: null,
  process: null,
};

export function exchangeDetail(change: Partial<ExchangeDetail> = {}): ExchangeDetail {
  const half = { raw_head: null, trailers: null, bytes: 0, kept: 0, dropped: 0 };
  return {
    ...exchangeRow(1),
    request: { ...half, fields: [["host", "a.example"]] },
    response: {
      ...half,
      status: 200,
      reason: null,
      http_version: "HTTP/2",
      made_here: false,
      fields: [["content-type", "text/plain"]],
    },
    informational: [],
    grpc_status_details: null,
    grpc_message: null,
    timings: { request_sent_us: 300, request_end_us: 300, response_head_us: 5_000, end_us: 8_000 },
    connection_detail: connection,
    ...change,
  };
}
