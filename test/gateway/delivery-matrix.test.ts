import { matrixSuite } from "./scenario/matrix-suite.ts";

matrixSuite("short");
