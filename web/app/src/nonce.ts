import { setNonce } from "get-nonce";

/**
 * The nonce that the Content-Security-Policy of this page allows for `<style>` elements. Mantine and
 * react-remove-scroll write such elements; without it they would stay without effect.
 */
export const styleNonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

setNonce(styleNonce);
