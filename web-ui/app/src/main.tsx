import { render } from "preact";

import "./styles/index.css";

const root = document.getElementById("app");
if (root) {
  render(<h1>Handlens</h1>, root);
}
