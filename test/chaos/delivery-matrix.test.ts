import { matrixSuite } from "../gateway/scenario/matrix-suite.ts";

matrixSuite("long");
