"""C text to functions, statements, call sites, stores and #if conditions; the only user of tree-sitter."""
