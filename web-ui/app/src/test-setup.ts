// What the tests' DOM lacks of a browser.

import { cleanup, configure } from "@testing-library/preact";
import { afterEach } from "vitest";

afterEach(cleanup);
// A machine that does much else is slow, and not wrong.
configure({ asyncUtilTimeout: 30_000 });
