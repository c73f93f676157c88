import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

/** A minute of a symbol while it is open. */
final class MinuteBar {
    private static final int BYTES = 8 * Long.BYTES;
    long windowStart;
    double open;
    double high;
    double low;
    double close;
    double volume;
    double money;
    long tradeCount;

    static MinuteBar of(long windowStart) {
        MinuteBar bar = new MinuteBar();
        bar.windowStart = windowStart;
        return bar;
    }

    MinuteBar add(Trade trade) {
        double price = trade.price();
        if (tradeCount == 0) {
            open = high = low = price;
        } else {
            high = Math.max(high, price);
            low = Math.min(low, price);
        }
        close = price;
        volume += trade.size();
        money += price * trade.size();
        tradeCount += 1;
        return this;
    }

    /** Return the bar as framed Avro. */
    byte[] framed(String symbol, int schemaId) {
        byte[] name = symbol.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(5 + 10 + name.length + 10 + 6 * Double.BYTES + 10).order(ByteOrder.BIG_ENDIAN);
        out.put((byte) 0).putInt(schemaId).order(ByteOrder.LITTLE_ENDIAN);
        writeLong(out, name.length);
        out.put(name);
        writeLong(out, windowStart);
        out.putDouble(open).putDouble(high).putDouble(low).putDouble(close).putDouble(volume).putDouble(money / volume);
        writeLong(out, tradeCount);
        byte[] data = new byte[out.position()];
        out.flip();
        out.get(data);
        return data;
    }

    private static void writeLong(ByteBuffer out, long number) {
        long rest = (number << 1) ^ (number >> 63);
        while ((rest & ~0x7FL) != 0) {
            out.put((byte) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    static final class Writer implements Serializer<MinuteBar> {
        @Override
        public byte[] serialize(String topic, MinuteBar bar) {
            if (bar == null) {
                return null;
            }
            return ByteBuffer.allocate(BYTES).putLong(bar.windowStart).putDouble(bar.open).putDouble(bar.high).putDouble(bar.low)
                .putDouble(bar.close).putDouble(bar.volume).putDouble(bar.money).putLong(bar.tradeCount).array();
        }
    }

    static final class Reader implements Deserializer<MinuteBar> {
        @Override
        public MinuteBar deserialize(String topic, byte[] data) {
            if (data == null) {
                return null;
            }
            ByteBuffer in = ByteBuffer.wrap(data);
            MinuteBar bar = new MinuteBar();
            bar.windowStart = in.getLong();
            bar.open = in.getDouble();
            bar.high = in.getDouble();
            bar.low = in.getDouble();
            bar.close = in.getDouble();
            bar.volume = in.getDouble();
            bar.money = in.getDouble();
            bar.tradeCount = in.getLong();
            return bar;
        }
    }
}
