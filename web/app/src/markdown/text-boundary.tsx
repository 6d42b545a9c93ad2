import { Component, type ErrorInfo, type ReactNode } from "react";
import { PlainText } from "./plain-text";

interface TextBoundaryProps {
  text: string;
  children: ReactNode;
}

/** Shows a text as it is if its drawing fails, so that no text stops the page. A changed text is tried again. */
export class TextBoundary extends Component<TextBoundaryProps, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override componentDidCatch(error: Error, info: ErrorInfo) {
    console.error("A text cannot be drawn.", error, info.componentStack);
  }

  override componentDidUpdate(before: TextBoundaryProps) {
    if (this.state.hasFailed && before.text !== this.props.text) this.setState({ hasFailed: false });
  }

  override render() {
    const { text, children } = this.props;
    return this.state.hasFailed ? <PlainText text={text} reason="its formatting cannot be drawn" /> : children;
  }
}
