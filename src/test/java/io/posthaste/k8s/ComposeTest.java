package io.posthaste.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The laptop's parts are those of the cluster, fit together, and are open to nobody else. */
class ComposeTest {
  private static final Set<String> STORES = Set.of("postgres", "rabbitmq", "redis");

  private final ComposeFile compose = ComposeFile.read(Path.of("compose.yaml"));
  private final ComposeFile.Service posthaste = compose.service("posthaste");

  @Test
  void is_posthaste_and_what_it_stores_in() {
    assertThat(compose.services().keySet())
        .containsExactlyInAnyOrder("posthaste", "postgres", "rabbitmq", "redis");
  }

  @Test
  void listens_to_this_machine_only() {
    List<String> ports =
        compose.services().values().stream().flatMap(it -> it.ports().stream()).toList();

    assertThat(ports)
        .allSatisfy(it -> assertThat(it).matches("127\\.0\\.0\\.1:(\\d{4,5}):\\1"))
        .doesNotHaveDuplicates();
    assertThat(compose.services().values()).noneMatch(it -> it.ports().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rabbitmq", "redis"})
  void runs_the_brokers_that_the_cluster_runs(String broker) {
    assertThat(compose.service(broker).image()).isEqualTo(Broker.of(broker).container().getImage());
  }

  @Test
  void runs_an_exact_postgres_of_the_embedded_ones_major_version() throws IOException {
    String image = compose.service("postgres").image();

    assertThat(image).matches("docker\\.io/library/postgres:\\d+\\.\\d+");
    assertThat(Files.readString(Path.of("pom.xml")))
        .containsPattern("<[a-z.-]*postgres[a-z.-]*version>%s\\.".formatted(major(image)));
  }

  @Test
  void builds_the_jvm_image_from_the_package() {
    assertThat(posthaste.image()).isEqualTo("posthaste:local");
    assertThat(posthaste.build().context()).isEqualTo(".");
    assertThat(Path.of(posthaste.build().dockerfile()))
        .isEqualTo(Path.of("src/main/docker/Dockerfile.jvm"))
        .exists();
  }

  @ParameterizedTest
  @CsvSource({
    "POSTHASTE_DATABASE_URL, postgresql, postgres, POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB",
    "POSTHASTE_RABBITMQ_URL, amqp, rabbitmq, RABBITMQ_DEFAULT_USER, RABBITMQ_DEFAULT_PASS, RABBITMQ_DEFAULT_VHOST",
  })
  void url_is_that_of_the_service(
      String variable, String scheme, String host, String user, String password, String path) {
    URI url = URI.create(posthaste.environment().get(variable));
    Map<String, String> given = compose.service(host).environment();

    assertThat(url.getScheme()).isEqualTo(scheme);
    assertThat(url.getHost()).isEqualTo(host);
    assertThat(url.getUserInfo()).isEqualTo(given.get(user) + ":" + given.get(password));
    assertThat(url.getPath()).isEqualTo("/" + given.get(path));
    assertThat(given).containsOnlyKeys(user, password, path);
    assertThat(compose.service(host).ports()).anyMatch(it -> it.endsWith(":" + url.getPort()));
  }

  @Test
  void redis_has_the_user_of_its_url_and_the_durability_of_the_clusters() {
    URI url = URI.create(posthaste.environment().get("POSTHASTE_REDIS_URL"));
    String[] user = url.getUserInfo().split(":");
    SettingsFile cluster = SettingsFile.redis(Broker.of("redis").file("redis.conf"));

    assertThat(List.of(url.getScheme(), url.getHost())).containsExactly("redis", "redis");
    assertThat(compose.service("redis").ports()).anyMatch(it -> it.endsWith(":" + url.getPort()));
    assertThat(compose.service("redis").command())
        .contains("--user " + user[0] + " on >" + user[1] + " allkeys allchannels +@all")
        .containsAll(
            Stream.of("appendonly", "appendfsync", "save", "maxmemory-policy")
                .map(it -> "--" + it + " " + cluster.get(it))
                .toList());
  }

  @Test
  void has_three_known_variables_and_passwords_that_say_what_they_are() {
    assertThat(posthaste.environment())
        .containsOnlyKeys(
            "POSTHASTE_DATABASE_URL", "POSTHASTE_RABBITMQ_URL", "POSTHASTE_REDIS_URL");
    assertThat(posthaste.environment().values())
        .allSatisfy(it -> assertThat(it).contains("//posthaste:local-only@"));
  }

  @Test
  void posthaste_waits_until_all_others_are_healthy() {
    assertThat(posthaste.depends_on().keySet()).isEqualTo(STORES);
    assertThat(posthaste.depends_on().values())
        .allMatch(it -> it.condition().equals("service_healthy"));
    assertThat(STORES)
        .extracting(it -> compose.service(it).healthcheck())
        .doesNotContainNull()
        .allSatisfy(it -> assertThat(it.test().getFirst()).isIn("CMD", "CMD-SHELL"))
        .allSatisfy(it -> assertThat(seconds(it.start_period())).isGreaterThanOrEqualTo(60));
  }

  @Test
  void what_is_stored_lies_in_volumes() {
    assertThat(compose.volumes().keySet()).isEqualTo(STORES);
    assertThat(STORES.stream().map(it -> compose.service(it).volumes()).collect(Collectors.toSet()))
        .containsExactlyInAnyOrder(
            List.of("postgres:/var/lib/postgresql"),
            List.of("rabbitmq:/var/lib/rabbitmq"),
            List.of("redis:/data"));
    assertThat(compose.service("rabbitmq").hostname()).isEqualTo("rabbitmq");
  }

  @Test
  void posthaste_runs_as_its_dockerfile_says() {
    assertThat(posthaste.init()).isTrue();
    assertThat(posthaste.read_only()).isTrue();
    assertThat(posthaste.tmpfs()).containsExactly("/tmp", "/data");
    assertThat(seconds(posthaste.stop_grace_period())).isGreaterThan(20);
    assertThat(compose.services().values().stream().map(ComposeFile.Service::restart))
        .containsOnly("unless-stopped");
    assertThat(compose.services().values().stream().map(ComposeFile.Service::build))
        .filteredOn(Objects::nonNull)
        .hasSize(1);
  }

  private static String major(String image) {
    return image.replaceFirst(".*:(\\d+)\\..*", "$1");
  }

  private static int seconds(String duration) {
    assertThat(duration).matches("\\d+s");
    return Integer.parseInt(duration.substring(0, duration.length() - 1));
  }
}
