import { chaosSuite } from "./scenario/chaos-suite.ts";

chaosSuite("short");
