import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Looks a name up by the JVM, dnsjava or Netty, as the first word says. */
public class Lookup {
    public static void main(String[] words) throws Exception {
        List<String> found = new ArrayList<>();
        String error = "";
        long began = System.nanoTime();
        try {
            switch (words[0]) {
                case "java" -> {
                    for (InetAddress each : InetAddress.getAllByName(words[1])) found.add(each.getHostAddress());
                }
                case "dnsjava" -> error = dnsjava(words[1], found);
                default -> netty(words[1], found);
            }
        } catch (Exception failure) {
            error = failure.getClass().getSimpleName();
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        List<String> quoted = found.stream().map(each -> "\"" + each.replaceAll("%.*", "") + "\"").toList();
        System.out.printf("{\"addresses\": %s, \"error\": \"%s\", \"seconds\": %.3f}%n", quoted, error, seconds);
        System.exit(0);
    }

    private static String dnsjava(String name, List<String> found) throws Exception {
        org.xbill.DNS.Lookup lookup = new org.xbill.DNS.Lookup(name, Type.A);
        Record[] records = lookup.run();
        for (Record each : records == null ? new Record[0] : records) {
            found.add(((ARecord) each).getAddress().getHostAddress());
        }
        return records == null ? lookup.getErrorString() : "";
    }

    private static void netty(String name, List<String> found) throws Exception {
        var group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        var resolver = new DnsNameResolverBuilder(group.next()).datagramChannelType(NioDatagramChannel.class).build();
        for (InetAddress each : resolver.resolveAll(name).sync().getNow()) found.add(each.getHostAddress());
    }
}
