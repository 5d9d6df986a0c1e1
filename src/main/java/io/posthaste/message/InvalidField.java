package io.posthaste.message;

/** Says which field is wrong and what is allowed; the message reads after the field's name. */
public final class InvalidField extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String field;

  public InvalidField(String field, String requirement) {
    super(requirement);
    this.field = field;
  }

  /** The same where the value stands in another field. */
  public InvalidField in(String other) {
    return new InvalidField(other, String.valueOf(getMessage()));
  }

  public String field() {
    return field;
  }

  /** The same, of a field inside of another. */
  public InvalidField under(String path) {
    return new InvalidField(path + "." + field, String.valueOf(getMessage()));
  }
}
