import org.elasticmq.NodeAddress;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;

/** ElasticMQ, in memory, on a loopback port: {@code java -cp 'lib/*' ElasticMq.java PORT}. */
public class ElasticMq {
  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    SQSRestServerBuilder.withInterface("127.0.0.1")
        .withPort(port)
        .withServerAddress(new NodeAddress("http", "127.0.0.1", port, ""))
        .start()
        .waitUntilStarted();
    Thread.currentThread().join();
  }
}
