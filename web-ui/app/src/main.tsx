// Wires the page: looks, address, keys, link; then shows it.

import { render } from "preact";

import "./styles/index.css";

import { App } from "./app";
import { listenToKeys } from "./commands";
import { connect } from "./live";
import { followAddress } from "./location";
import { applyTheme } from "./theme";

applyTheme();
followAddress();
listenToKeys();
connect();

const place = document.getElementById("app");
if (place) {
  render(<App />, place);
}
