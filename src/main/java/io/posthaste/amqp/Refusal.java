package io.posthaste.amqp;

import io.posthaste.problem.ProblemType;

/**
 * Why a message cannot be accepted.
 *
 * @param detail says what to change
 */
record Refusal(ProblemType type, String detail) {}
