/** Sets a global when it runs; nothing of the page does. */
const RUN = "window.hacked=1";

export const HOSTILE_TITLE = `<img src=x onerror="${RUN}"><script>${RUN}</script> "quoted" 'single' & ${"averylongwordwithoutanyspace".repeat(6)}`;

/** What a model could be talked into writing. */
export const HOSTILE_MARKDOWN = `# ${HOSTILE_TITLE}

<script>${RUN}</script>
<img src="http://evil.example/pixel.png" onerror="${RUN}">
<iframe src="http://evil.example/frame"></iframe>
<style>body { display: none }</style>

![a picture](http://evil.example/picture.png)
![data](data:image/svg+xml;base64,PHN2Zy8+)

[click me](javascript:${RUN}) [and me](data:text/html,<script>${RUN}</script>) [file](file:///etc/passwd)
[a good one](https://example.org/page) <https://example.org/auto>

\`\`\`html
<script>${RUN}</script>
\`\`\`

| ${"w".repeat(300)} | b |
| --- | --- |
| 1 | 2 |
`;
