import { chaosSuite } from "../gateway/scenario/chaos-suite.ts";

chaosSuite("long");
