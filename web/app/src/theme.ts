import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

/** A muted green-blue. White text on shade 7 and text of shade 8 on white have a contrast above 4.5 to 1. */
const pine: MantineColorsTuple = [
  "#eef7f6",
  "#dcecea",
  "#b7d8d4",
  "#8ec3bd",
  "#6cb1aa",
  "#55a59d",
  "#3f8f87",
  "#2f6f6a",
  "#275d59",
  "#1b4744",
];

/** Cool greys for surfaces and fields of the dark scheme. */
const dark: MantineColorsTuple = [
  "#dfe5e6",
  "#b8c1c4",
  "#8d989c",
  "#6a757a",
  "#3a4347",
  "#2f373b",
  "#22282b",
  "#15191b",
  "#111517",
  "#0c0f10",
];

const sansSerif = '"Inter Variable", system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** Option lists are short, so they need no scroll area. They stay in the landmark of their field for screen readers. */
const PLAIN_LIST = { withScrollArea: false, comboboxProps: { withinPortal: false } };

export const theme = createTheme({
  colors: { pine, dark },
  primaryColor: "pine",
  primaryShade: 7,
  respectReducedMotion: true,
  defaultRadius: "md",
  fontFamily: sansSerif,
  headings: { fontFamily: sansSerif, fontWeight: "650" },
  cursorType: "pointer",
  components: {
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Close the notice" } } },
    Select: { defaultProps: PLAIN_LIST },
    Tooltip: { defaultProps: { withinPortal: false } },
    MultiSelect: { defaultProps: PLAIN_LIST },
  },
});

/** Colours of the app. Mantine's default dimmed and error texts have a contrast below 4.5 to 1. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#fbfbfa",
    "--mantine-color-text": "#1f2a2c",
    "--mantine-color-dimmed": "#596368",
    "--mantine-color-placeholder": "#6b757a",
    "--mantine-color-error": "#c22a2a",
    "--mantine-color-anchor": "#275d59",
    "--surface": "#ffffff",
    "--surface-sunken": "#f3f5f4",
    "--line": "#e3e7e6",
    "--mantine-color-yellow-light": "#fbf4e0",
    "--mantine-color-yellow-light-color": "#6f4d00",
    "--mantine-color-red-light": "#fcefee",
    "--mantine-color-red-light-color": "#9f1d1d",
    "--mantine-color-red-filled": "#b92727",
    "--mantine-color-red-filled-hover": "#9f1d1d",
    "--unsupported-line": "#c79a2e",
    "--tint": "#dcecea",
    "--tint-soft": "#f1f8f7",
    "--tint-line": "#b7d8d4",
    "--added": "#d3f0dc",
    "--removed": "#fbdcdc",
  },
  dark: {
    "--mantine-color-body": "#15191b",
    "--mantine-color-text": "#dfe5e6",
    "--mantine-color-dimmed": "#a1acb0",
    "--mantine-color-placeholder": "#8d989c",
    "--mantine-color-error": "#ff8f8f",
    "--mantine-color-anchor": "#8ec3bd",
    "--surface": "#1c2124",
    "--surface-sunken": "#171b1d",
    "--line": "#2d3438",
    "--unsupported-line": "#a9873f",
    "--tint": "#234240",
    "--tint-soft": "#182422",
    "--tint-line": "#2c4a47",
    "--added": "#1d4a31",
    "--removed": "#5a2626",
    "--mantine-color-yellow-light": "#332d1d",
    "--mantine-color-yellow-light-color": "#efcf8a",
    "--mantine-color-red-light": "#392325",
    "--mantine-color-red-light-color": "#ffb3b3",
    "--mantine-color-red-filled": "#b92727",
    "--mantine-color-red-filled-hover": "#cc3a3a",
    "--mantine-color-pine-light": "#203a38",
    "--mantine-color-pine-light-hover": "#264644",
    "--mantine-color-pine-light-color": "#a5d6d0",
    "--mantine-color-gray-light": "#2a3135",
    "--mantine-color-gray-light-color": "#c3ccd0",
  },
});
