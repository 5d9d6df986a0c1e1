package io.posthaste.queue;

/** Who gets deliveries over a wire. Told so on the thread that writes them, in this order. */
public interface Recipient {

  /** Whether nobody will read them: its connection is closed, or it is answered otherwise. */
  boolean gone();

  /** Does all that can be done beforehand, so that nothing is left but to hand over the bytes. */
  void prepare();

  /** Hands the bytes to the kernel. */
  void send();
}
