import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/** Trades to minute bars on Kafka Streams: the Processor API or the DSL, state in memory, changelog on. */
public final class KafkaStreamsBars {
    private static final String STORE = "open-bars";
    private static final Map<String, String> ENV = System.getenv();
    private static final int SCHEMA_ID = Integer.parseInt(ENV.get("BENCH_BAR_SCHEMA_ID"));

    public static void main(String[] arguments) throws InterruptedException {
        Topology topology = ENV.getOrDefault("BENCH_TOPOLOGY", "processor").equals("dsl") ? dsl() : processor();
        KafkaStreams streams = new KafkaStreams(topology, properties());
        CountDownLatch ended = new CountDownLatch(1);
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
            return null;
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            streams.close(Duration.ofSeconds(20));
            ended.countDown();
        }));
        streams.start();
        ended.await();
    }

    private static Properties properties() {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, ENV.get("BENCH_GROUP"));
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, ENV.get("BENCH_BOOTSTRAP"));
        properties.put(StreamsConfig.STATE_DIR_CONFIG, ENV.get("BENCH_FOLDER") + "/state");
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, ENV.getOrDefault("BENCH_THREADS", "1"));
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, ENV.getOrDefault("BENCH_COMMIT_MS", "30000"));
        properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, ENV.getOrDefault("BENCH_CACHE_BYTES", "67108864"));
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, ENV.getOrDefault("BENCH_GUARANTEE", StreamsConfig.AT_LEAST_ONCE));
        properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, "1");
        properties.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, ENV.getOrDefault("BENCH_BUFFERED_RECORDS", "1000"));
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), "10000");
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), "1000");
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), ENV.getOrDefault("BENCH_LINGER_MS", "5"));
        return properties;
    }

    private static Topology processor() {
        StoreBuilder<KeyValueStore<String, MinuteBar>> store =
            Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(STORE), Serdes.String(), openBars());
        if (!ENV.getOrDefault("BENCH_CACHE_BYTES", "1").equals("0")) {
            store = store.withCachingEnabled();
        }
        return new Topology()
            .addSource(Topology.AutoOffsetReset.EARLIEST, "trades", new EventTime(), Serdes.String().deserializer(), new Trade.Reader(), ENV.get("BENCH_INPUT"))
            .addProcessor("fold", Fold::new, "trades")
            .addStateStore(store, "fold")
            .addSink("bars", ENV.get("BENCH_OUTPUT"), Serdes.String().serializer(), Serdes.ByteArray().serializer(), "fold");
    }

    private static Topology dsl() {
        StreamsBuilder builder = new StreamsBuilder();
        Duration minute = Duration.ofMinutes(1);
        Serde<Trade> trades = Serdes.serdeFrom((topic, trade) -> { throw new UnsupportedOperationException(); }, new Trade.Reader());
        Materialized<String, MinuteBar, WindowStore<Bytes, byte[]>> store =
            Materialized.<String, MinuteBar>as(Stores.inMemoryWindowStore(STORE, minute.multipliedBy(2), minute, false))
                .withKeySerde(Serdes.String()).withValueSerde(openBars()).withCachingDisabled(); // suppress would wait for the cache
        builder.stream(ENV.get("BENCH_INPUT"), Consumed.with(Serdes.String(), trades).withTimestampExtractor(new EventTime()))
            .groupByKey(Grouped.with(Serdes.String(), trades))
            .windowedBy(TimeWindows.ofSizeWithNoGrace(minute))
            .aggregate(MinuteBar::new, (symbol, trade, bar) -> bar.add(trade), store)
            .suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded()))
            .toStream((Windowed<String> window, MinuteBar bar) -> {
                bar.windowStart = window.window().start() * 1_000L;
                return window.key();
            })
            .mapValues((symbol, bar) -> bar.framed(symbol, SCHEMA_ID))
            .to(ENV.get("BENCH_OUTPUT"), Produced.with(Serdes.String(), Serdes.ByteArray()));
        return builder.build();
    }

    private static Serde<MinuteBar> openBars() {
        return Serdes.serdeFrom(new MinuteBar.Writer(), new MinuteBar.Reader());
    }

    private static final class EventTime implements org.apache.kafka.streams.processor.TimestampExtractor {
        @Override
        public long extract(org.apache.kafka.clients.consumer.ConsumerRecord<Object, Object> record, long partitionTime) {
            return ((Trade) record.value()).tsEventNs() / 1_000_000L;
        }
    }

    private static final class Fold implements Processor<String, Trade, String, byte[]> {
        private ProcessorContext<String, byte[]> context;
        private KeyValueStore<String, MinuteBar> store;

        @Override
        public void init(ProcessorContext<String, byte[]> context) {
            this.context = context;
            this.store = context.getStateStore(STORE);
        }

        @Override
        public void process(Record<String, Trade> record) {
            Trade trade = record.value();
            long window = trade.windowStart();
            MinuteBar bar = store.get(record.key());
            if (bar == null || bar.windowStart != window) {
                if (bar != null) {
                    context.forward(record.withValue(bar.framed(record.key(), SCHEMA_ID)));
                }
                bar = MinuteBar.of(window);
            }
            store.put(record.key(), bar.add(trade));
        }
    }
}
