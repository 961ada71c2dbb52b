import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;

/** The topology of take-over-topology.ts in Java, for the same application id. Environment: APP_ID, BOOTSTRAP, STATE_DIR, PREFIX. */
public class TakeOver {
    public static void main(String[] arguments) {
        Map<String, String> env = System.getenv();
        String prefix = env.get("PREFIX");
        Properties settings = new Properties();
        settings.put("application.id", env.get("APP_ID"));
        settings.put("bootstrap.servers", env.get("BOOTSTRAP"));
        settings.put("state.dir", env.get("STATE_DIR"));
        settings.put("processing.guarantee", "exactly_once_v2");
        settings.put("statestore.cache.max.bytes", "0");
        settings.put("default.key.serde", Serdes.StringSerde.class);
        settings.put("default.value.serde", Serdes.StringSerde.class);
        settings.put("auto.offset.reset", "earliest");
        settings.put("session.timeout.ms", "10000");

        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, String> input = builder.stream(prefix + "input");
        input.groupByKey().count(Materialized.as("counts"))
            .toStream().mapValues(String::valueOf).to(prefix + "counts");
        input.selectKey((key, value) -> "w" + Long.parseLong(value) % 5)
            .groupByKey().count(Materialized.as("words"))
            .toStream().mapValues(String::valueOf).to(prefix + "words");
        input.groupByKey().windowedBy(TimeWindows.ofSizeWithNoGrace(Duration.ofDays(1))).count(Materialized.as("days"))
            .toStream((window, count) -> window.key() + "@" + window.window().start()).mapValues(String::valueOf).to(prefix + "days");
        input.toTable(Materialized.as("latest"))
            .groupBy((key, value) -> KeyValue.pair("all", value)).count(Materialized.as("users"))
            .toStream().mapValues(String::valueOf).to(prefix + "users");

        KafkaStreams streams = new KafkaStreams(builder.build(), settings);
        streams.setStateListener((now, before) -> System.out.println(now));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(20))));
        streams.start();
    }
}
