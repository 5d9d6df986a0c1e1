package io.posthaste;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;

/** The boundaries that {@link io.posthaste} draws. */
@AnalyzeClasses(packages = "io.posthaste", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final Set<String> EMPTY_WORDS =
      Set.of(
          "Manager",
          "Helper",
          "Util",
          "Utils",
          "Impl",
          "Common",
          "Base",
          "Data",
          "Info",
          "Dto",
          "Processor");

  /** What starts the service wires everything. */
  private static final String ROOT = "io.posthaste";

  @ArchTest
  static final ArchRule arrows_run_from_edges_to_features_to_queue_to_message =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("root")
          .definedBy(ROOT)
          .layer("edges")
          .definedBy("..rest..", "..amqp..", "..telemetry..")
          .layer("delivery")
          .definedBy("..delivery..")
          .layer("deadletter")
          .definedBy("..deadletter..")
          .layer("consumer")
          .definedBy("..consumer..")
          .layer("broker")
          .definedBy("..broker..")
          .layer("problem")
          .definedBy("..problem..")
          .layer("wire")
          .definedBy("..wire..")
          .layer("schedule")
          .definedBy("..schedule..")
          .layer("topology")
          .definedBy("..topology..")
          .layer("scheduling")
          .definedBy("..scheduling..")
          .layer("queue")
          .definedBy("..queue..")
          .layer("message")
          .definedBy("..message..")
          .layer("providers")
          .definedBy("..provider..")
          .layer("firing")
          .definedBy("..firing..")
          .layer("upkeep")
          .definedBy("..upkeep..")
          .layer("outbox")
          .definedBy("..outbox..")
          .layer("store")
          .definedBy("..store..")
          .layer("database")
          .definedBy("..database..")
          .whereLayer("root")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("edges")
          .mayNotBeAccessedByAnyLayer()
          // What an operator has set is checked before anything starts
          .whereLayer("providers")
          .mayOnlyBeAccessedByLayers("root")
          .whereLayer("broker")
          .mayOnlyBeAccessedByLayers("root", "edges", "topology", "consumer", "providers")
          .whereLayer("broker")
          .mayOnlyAccessLayers("queue", "message")
          .whereLayer("problem")
          .mayOnlyBeAccessedByLayers("edges")
          .whereLayer("problem")
          .mayNotAccessAnyLayer()
          .whereLayer("wire")
          .mayOnlyBeAccessedByLayers("edges", "providers")
          .whereLayer("wire")
          .mayOnlyAccessLayers("store", "queue", "message")
          .whereLayer("consumer")
          .mayOnlyBeAccessedByLayers("edges", "topology", "store")
          .whereLayer("consumer")
          .mayOnlyAccessLayers("delivery", "broker", "queue", "message")
          .whereLayer("delivery")
          .mayOnlyBeAccessedByLayers("edges", "consumer")
          .whereLayer("deadletter")
          .mayOnlyBeAccessedByLayers("edges", "providers", "store")
          .whereLayer("topology")
          .mayOnlyBeAccessedByLayers("edges")
          .whereLayer("topology")
          .mayOnlyAccessLayers("broker", "consumer", "scheduling", "schedule", "queue", "message")
          .whereLayer("schedule")
          .mayOnlyBeAccessedByLayers("edges", "topology", "scheduling", "firing")
          .whereLayer("scheduling")
          .mayOnlyBeAccessedByLayers("edges", "topology", "firing")
          .whereLayer("firing")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("upkeep")
          .mayOnlyBeAccessedByLayers("providers", "outbox", "firing")
          .whereLayer("outbox")
          .mayOnlyBeAccessedByLayers("providers", "firing")
          .whereLayer("store")
          .mayOnlyBeAccessedByLayers("providers", "wire", "outbox", "firing", "upkeep")
          .whereLayer("database")
          .mayOnlyBeAccessedByLayers("providers", "outbox", "firing", "upkeep", "store", "root")
          .whereLayer("delivery")
          .mayOnlyAccessLayers("queue", "message")
          .whereLayer("deadletter")
          .mayOnlyAccessLayers("queue", "message")
          .whereLayer("schedule")
          .mayOnlyAccessLayers("queue", "message")
          .whereLayer("scheduling")
          .mayOnlyAccessLayers("schedule", "queue", "message")
          .whereLayer("queue")
          .mayOnlyAccessLayers("message")
          .whereLayer("message")
          .mayNotAccessAnyLayer();

  @ArchTest
  static final ArchRule message_knows_the_jdk_alone =
      classes()
          .that()
          .resideInAPackage("..message..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("io.posthaste.message", "java..", "org.jspecify.annotations");

  @ArchTest
  static final ArchRule packages_have_no_cycles =
      slices().matching("io.posthaste.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule names_say_what_a_thing_is =
      noClasses()
          // Named after the setting that it stands for, POSTHASTE_DATA_DIR
          .that(DescribedPredicate.not(simpleName("DataFolder")))
          .should(be(named("an empty word in its name", ArchitectureTest::hasEmptyWord)));

  @ArchTest
  static final ArchRule every_package_says_what_is_null =
      classes()
          .should(
              be(
                  named(
                      "in a package marked @NullMarked",
                      it -> it.getPackage().isAnnotatedWith(NullMarked.class))));

  @ArchTest
  static final ArchRule vertx_stays_with_adapters_and_edges =
      noClasses()
          .that()
          .resideInAnyPackage(
              ROOT,
              "..message..",
              "..queue..",
              "..delivery..",
              "..consumer..",
              "..deadletter..",
              "..schedule..",
              "..scheduling..")
          .should()
          .dependOnClassesThat(resideInAPackage("io.vertx.."));

  @ArchTest
  static final ArchRule sql_stays_with_adapters =
      noClasses()
          .that(
              DescribedPredicate.not(
                  resideInAnyPackage(
                      "..provider.postgres..",
                      "..outbox..",
                      "..firing..",
                      "..upkeep..",
                      "..store..",
                      "..database..")))
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("io.vertx.sqlclient..", "io.vertx.pgclient..", "java.sql.."));

  @ArchTest
  static final ArchRule nobody_sleeps =
      noClasses()
          // The watchdog of a stop waits for nothing but time, beside a service that is ending
          .that(DescribedPredicate.not(within(StopSignals.class)))
          .should(be(named("asleep", it -> calls(it, Thread.class, "sleep"))));

  @ArchTest
  static final ArchRule only_the_start_speaks_to_the_terminal =
      noClasses()
          .that(resideOutsideOfPackage(ROOT))
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");

  @ArchTest
  static void document_lists_what_each_package_imports(JavaClasses all) throws IOException {
    Map<String, Set<String>> imports = new TreeMap<>();
    for (JavaClass type : all) {
      String from = packageOf(type);
      imports.computeIfAbsent(from, _ -> new TreeSet<>());
      type.getDirectDependenciesFromSelf().stream()
          .map(dependency -> dependency.getTargetClass())
          .filter(target -> target.getPackageName().startsWith(ROOT + "."))
          .map(ArchitectureTest::packageOf)
          .filter(to -> !to.equals(from))
          .forEach(to -> imports.get(from).add(to));
    }
    imports.remove(ROOT);
    assertThat(documentedImports()).isEqualTo(imports);
  }

  // Its part without Posthaste's types is the same package to a reader
  private static String packageOf(JavaClass type) {
    String name = type.getPackageName();
    return name.equals(ROOT) ? ROOT : name.substring(ROOT.length() + 1).replace(".wallclock", "");
  }

  private static Map<String, Set<String>> documentedImports() throws IOException {
    Pattern row = Pattern.compile("\\| `([a-z.]+)` \\|.*\\| ([^|]+) \\|");
    Map<String, Set<String>> imports = new TreeMap<>();
    Files.readString(Path.of("docs/architecture.md"))
        .lines()
        .dropWhile(line -> !line.startsWith("## Packages"))
        .takeWhile(line -> !line.startsWith("## Tables"))
        .map(row::matcher)
        .filter(Matcher::matches)
        .forEach(
            it ->
                imports.put(
                    it.group(1),
                    Pattern.compile("`([a-z.]+)`")
                        .matcher(it.group(2))
                        .results()
                        .map(found -> found.group(1))
                        .collect(Collectors.toCollection(TreeSet::new))));
    return imports;
  }

  private static boolean hasEmptyWord(JavaClass type) {
    for (String word : type.getSimpleName().split("(?<=[a-z0-9])(?=[A-Z])")) {
      if (EMPTY_WORDS.contains(word)) {
        return true;
      }
    }
    return false;
  }

  private static boolean calls(JavaClass caller, Class<?> owner, String method) {
    return caller.getMethodCallsFromSelf().stream()
        .map(call -> call.getTarget())
        .anyMatch(
            target -> target.getOwner().isEquivalentTo(owner) && target.getName().equals(method));
  }

  private static DescribedPredicate<JavaClass> simpleName(String name) {
    return named("called " + name, it -> it.getSimpleName().equals(name));
  }

  private static DescribedPredicate<JavaClass> within(Class<?> type) {
    return named("in " + type.getSimpleName(), it -> it.getName().startsWith(type.getName()));
  }

  private static DescribedPredicate<JavaClass> named(
      String description, java.util.function.Predicate<JavaClass> predicate) {
    return DescribedPredicate.describe(description, predicate);
  }
}
