package io.posthaste.message;

/**
 * The token that settles one delivery, opaque and unguessable; worthless once its lease is lost.
 * Never logged: whoever has it may settle.
 */
public record Receipt(String token) {
  @Override
  public String toString() {
    return "Receipt[…]";
  }
}
