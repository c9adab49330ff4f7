// What the tests' DOM lacks of a browser.

import { cleanup } from "@testing-library/preact";
import { afterEach } from "vitest";

afterEach(cleanup);
