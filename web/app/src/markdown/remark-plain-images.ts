import type { Image, Link, Nodes, Parents, PhrasingContent, Root } from "mdast";

/**
 * A remark plugin that replaces images with links. The browser would load an image from a server that the text names,
 * and that server would learn who reads the text and when.
 */
export function remarkPlainImages() {
  return (tree: Root) => replaceIn(tree, false);
}

function replaceIn(parent: Parents, inLink: boolean): void {
  const children: Nodes[] = parent.children;
  children.forEach((child, index) => {
    if (child.type === "image") children[index] = inLink ? text(child) : link(child);
    else if (child.type === "imageReference") children[index] = { type: "text", value: child.alt ?? child.identifier };
    else if ("children" in child) replaceIn(child, inLink || child.type === "link" || child.type === "linkReference");
  });
}

function text(image: Image): PhrasingContent {
  return { type: "text", value: image.alt || image.url };
}

function link(image: Image): Link {
  return { type: "link", url: image.url, children: [text(image)] };
}
