// Inter, from this host. The browser fetches only the alphabets that a page uses.
import "@fontsource-variable/inter/wght.css";
// These styles are in a CSS layer. Unlayered styles of the app win over them in any import order.
import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "./global.css";
import { StrictMode, startTransition } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element #root");
// A transition lets the browser answer between the parts of the first drawing.
startTransition(() =>
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
);
