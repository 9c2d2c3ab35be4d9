import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { setConnection } from "../api/connection.ts";
import { ChangedTasks, LiveQueries } from "../api/live-queries.ts";
import { StreamClient } from "../api/stream-client.ts";
import { redeemLinkInAddress } from "../api/token.ts";
import "../design/base.css";
import { App } from "./app.tsx";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // The stream says what has changed; asking again by the clock or the window would only be noise.
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: "always",
      retry: false,
    },
    mutations: { networkMode: "always", retry: false },
  },
});

const changed = new ChangedTasks(client);
const live = new LiveQueries(client, (taskIds) => changed.handle(taskIds));
let wasLost = false;
const stream = new StreamClient({
  onMessage: (message) => live.handle(message),
  onConnection: (connection) => {
    setConnection(connection);
    // What was asked while nobody answered has failed; the cursor brings only what happened since.
    if (connection.state === "live" && wasLost) void client.invalidateQueries();
    wasLost = connection.state === "lost";
  },
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) stream.retryNow();
});

const root = document.getElementById("root");
if (root !== null)
  void redeemLinkInAddress().finally(() => {
    stream.start();
    createRoot(root).render(
      <StrictMode>
        <QueryClientProvider client={client}>
          <App onRetry={() => stream.retryNow()} />
        </QueryClientProvider>
      </StrictMode>,
    );
  });
