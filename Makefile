# Every target finds a fitting JDK by itself, see .mvn/jdk
MVNW = JAVA_HOME="$$(.mvn/jdk)" && export JAVA_HOME && ./mvnw -B -ntp

.PHONY: help run test dev bench native format

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r target text; do \
	  printf '  make %-8s %s\n' "$$target" "$$text"; done

run: ## Build if need be, and start Posthaste on http://127.0.0.1:8080
	@exec src/main/shell/run

test: ## Run every check that must pass: format, static analysis, tests, coverage
	@src/main/shell/brokers redis-server rabbitmq-server
	@$(MVNW) -Pcheck verify

dev: ## Start Posthaste in live-reload mode
	@$(MVNW) quarkus:dev

bench: ## Measure throughput and latency on this machine; ROWS="send-sql held" for some
	@JAVA_HOME="$$(.mvn/jdk)" && export JAVA_HOME && exec src/bench/run $(ROWS)

native: ## Build the native binary, which needs native-image
	@exec src/main/shell/native

format: ## Format the code
	@$(MVNW) -q spotless:apply
