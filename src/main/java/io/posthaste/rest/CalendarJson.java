package io.posthaste.rest;

import io.posthaste.message.InvalidField;
import io.posthaste.schedule.Calendar;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A calendar as it stands in a request. */
final class CalendarJson implements StrictJson.Field {
  private @Nullable Set<LocalDate> dates;

  @Override
  public boolean read(String name, StrictJson in) throws IOException {
    if (!name.equals("dates")) {
      return false;
    }
    List<String> texts = in.strings(name, Calendar.MOST_DATES);
    Set<LocalDate> read = new HashSet<>();
    for (int i = 0; i < texts.size(); i++) {
      read.add(date("dates[" + i + "]", texts.get(i)));
    }
    dates = read;
    return true;
  }

  private static LocalDate date(String field, String text) {
    try {
      LocalDate date = LocalDate.parse(text);
      if (date.getYear() >= 1970 && date.getYear() <= 9999) {
        return date;
      }
    } catch (DateTimeException e) {
      // Falls through to the one sentence for both
    }
    throw new InvalidField(field, "must be a date such as \"2027-12-25\", from 1970 to 9999");
  }

  Calendar calendar(String name) {
    if (dates == null) {
      throw new InvalidField("dates", "is missing; send a list of dates, which may be empty");
    }
    return new Calendar(name, dates);
  }
}
