package io.posthaste.topology;

/** What a document calls one of its things. */
public record Reference(Kind kind, String name) {}
