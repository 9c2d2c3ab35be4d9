/** Every limit of the registry, in one place. docs/registry-spec.md states them; each answers `too_large`. */

/** Longest message, title or note of one command, in UTF-16 code units. */
export const MAX_MESSAGE_LENGTH = 64 * 1024;
/** Longest JSON argument (`--payload-json`, `--delivery-context-json`), in UTF-16 code units. */
export const MAX_JSON_ARGUMENT_LENGTH = 256 * 1024;
/** How deep JSON that is handed in may be nested, and how many values it may hold. */
export const MAX_JSON_DEPTH = 64;
export const MAX_JSON_VALUES = 500_000;
/** The same for lines of journals and other files of the registry, in which it lies some levels deeper. */
export const MAX_RECORD_DEPTH = 256;
export const MAX_RECORD_VALUES = 10_000_000;
/** Deepest event that is written: every reader of what becomes of it must be able to read it. */
export const MAX_EVENT_DEPTH = 128;
/** Largest file that is read as a whole, in bytes; many have a lower limit of their own. */
export const MAX_FILE_BYTES = 256 * 1024 * 1024;
/** Longest bound value (session key, cron id, run id), in UTF-16 code units. */
export const MAX_BOUND_VALUE_LENGTH = 1024;
/** Largest workflow file, in bytes. */
export const MAX_WORKFLOW_BYTES = 4 * 1024 * 1024;
/** Most nodes of one run. */
export const MAX_NODES_PER_RUN = 10_000;
/** Longest journal line, in bytes. The first line of a run carries its whole plan. */
export const MAX_LINE_BYTES = 32 * 1024 * 1024;
/** Longest idempotency key, in UTF-16 code units. */
export const MAX_KEY_LENGTH = 256;
/** Most YAML aliases in one workflow, and how often what one of them stands for may be expanded (against alias bombs). */
export const MAX_YAML_ALIASES = 1_000;
export const MAX_ALIAS_EXPANSIONS = 100;
/** How deep the YAML of a workflow may be nested, and how many values it may hold. */
export const MAX_YAML_DEPTH = 64;
export const MAX_YAML_VALUES = 500_000;
/** Most parameters of one workflow. */
export const MAX_PARAMS = 1_000;
/** Largest file of JSON that is named on a command line (`--spec-file`, `--result-file`), in bytes. */
export const MAX_JSON_FILE_BYTES = MAX_WORKFLOW_BYTES;

/** Largest `result.json`, in bytes; up to `MAX_OUTPUT_LENGTH` of it is kept in the run's state for conditions. */
export const MAX_RESULT_BYTES = 1024 * 1024;
export const MAX_OUTPUT_LENGTH = 16 * 1024;
/** Largest file whose content is hashed as evidence, in bytes; of a larger one the size is recorded. */
export const MAX_HASHED_BYTES = 64 * 1024 * 1024;
/** Most files of one attempt that are kept when the next one starts. */
export const MAX_LEFT_FILES = 100;
/** Most automatic attempts after the first. */
export const MAX_RETRIES = 20;
/** Longest time limit of a node or a question: 366 days, in milliseconds. */
export const MAX_TIME_LIMIT_MS = 366 * 86_400_000;
/** How deep conditions may be nested. */
export const MAX_CONDITION_DEPTH = 8;
/** Most events by different names that one run remembers, and most messages that it keeps. */
export const MAX_RECEIVED_EVENTS = 100;
export const MAX_RUN_MESSAGES = 20;
/** Longest control line (`control.jsonl`) that is read, in bytes. */
export const MAX_CONTROL_BYTES = 256 * 1024;

/** Caps of what the ledger stores of text that came from a model or a person, in UTF-16 code units. */
export const MAX_TASK_TEXT_LENGTH = 8 * 1024;
export const MAX_TASK_RESULT_LENGTH = 32 * 1024;
export const MAX_TASK_LABEL_LENGTH = 200;
export const MAX_TASK_UPDATE_LENGTH = 300;
export const MAX_TASK_ERROR_LENGTH = 2 * 1024;
/** Most artifacts that one task names. */
export const MAX_TASK_ARTIFACTS = 50;
/** Longest message that the outbox sends to a channel, in UTF-16 code units (Discord's limit is 2,000). */
export const MAX_NOTICE_LENGTH = 1_800;

/** Most outputs of one flow, the longest name of one, how deep a value may be nested, and what all take as JSON, in bytes. */
export const MAX_FLOW_OUTPUTS = 100;
export const MAX_OUTPUT_NAME_LENGTH = 128;
export const MAX_FLOW_OUTPUT_DEPTH = MAX_JSON_DEPTH;
export const MAX_FLOW_OUTPUT_BYTES = 64 * 1024;
/** Most tasks that are linked to one flow. */
export const MAX_FLOW_TASKS = 1_000;

/** Largest file whose content goes into an export, and largest that goes in as text, in bytes: a line has its limit. */
export const MAX_EXPORTED_FILE_BYTES = 16 * 1024 * 1024;
export const MAX_EXPORTED_TEXT_BYTES = 4 * 1024 * 1024;

/** Page size of lists, and how far it may be raised. */
export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 1_000;
