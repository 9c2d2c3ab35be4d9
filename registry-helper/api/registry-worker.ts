/** The thread of `openRegistryInWorker`: calls in, documents or errors out, in the order of the calls. */
import { parentPort, workerData } from "node:worker_threads";
import { toErrorDocument } from "../model/error-document.ts";
import { isClawTaskError } from "../model/errors.ts";
import { runOperation } from "../operations/call-operation.ts";
import { createOperationContext } from "../operations/operation-context.ts";
import { openRegistry } from "../registry/registry.ts";
import type { RegistryLocation } from "./registry-options.ts";
import type { WorkerAnswer, RegistryCall } from "./worker-messages.ts";

const { root, origin, approvals, ...caller } = workerData as RegistryLocation;
const context = createOperationContext(openRegistry({ root, origin, approvals }), caller);

function answer({ id, name, input }: RegistryCall): WorkerAnswer {
  try {
    const { document, notices = [] } = runOperation(context, name, input);
    return { id, document, notices };
  } catch (error) {
    return isClawTaskError(error) ? { id, error: toErrorDocument(error) } : { id, defect: error };
  }
}

parentPort?.on("message", (call: RegistryCall) => parentPort?.postMessage(answer(call)));
