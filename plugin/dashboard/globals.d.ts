/** esbuild puts style sheets into app.css; an import only says that one belongs to a file. */
declare module "*.css";

/** The name of the layout worker's file beside app.js, put in by the build. */
declare const ELK_WORKER_FILE: string;
