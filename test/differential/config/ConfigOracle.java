import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import kafka.server.ConfigAdminManager;
import kafka.server.ConfigHelper;
import kafka.server.DynamicBrokerConfig$;
import kafka.server.KafkaConfig;
import kafka.server.MetadataCache;
import kafka.server.metadata.ConfigRepository;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.server.config.QuotaConfigs;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.zookeeper.client.ConnectStringParser;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import scala.jdk.javaapi.CollectionConverters;

/** Answers one JSON request a line with what genuine Kafka makes of a configuration. */
public class ConfigOracle {
    static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        System.setOut(System.err);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            ObjectNode answer = JSON.createObjectNode();
            try {
                answer(JSON.readTree(line), answer);
            } catch (Throwable error) {
                answer.removeAll();
                answer.put("error", String.valueOf(error.getMessage()));
                answer.put("class", error.getClass().getSimpleName());
            }
            out.println(JSON.writeValueAsString(answer));
        }
    }

    static void answer(JsonNode request, ObjectNode answer) throws Exception {
        switch (request.get("do").asText()) {
            case "definitions": definitions(answer); break;
            case "broker": broker(request, answer); break;
            case "topic": topic(request, answer); break;
            case "describe": describe(request, answer); break;
            case "alter": alter(request, answer); break;
            case "producer": values(new ProducerConfig(properties(request.get("given"))), ProducerConfig.configDef(), answer); break;
            case "consumer": values(new ConsumerConfig(properties(request.get("given"))), ConsumerConfig.configDef(), answer); break;
            case "admin": values(new AdminClientConfig(properties(request.get("given"))), AdminClientConfig.configDef(), answer); break;
            case "properties": propertiesFile(request, answer); break;
            case "connect": connect(request, answer); break;
            case "zoo": zoo(request, answer); break;
            default: throw new IllegalArgumentException("unknown request");
        }
    }

    static Properties properties(JsonNode node) {
        Properties properties = new Properties();
        if (node != null) node.fields().forEachRemaining(e -> properties.setProperty(e.getKey(), e.getValue().asText()));
        return properties;
    }

    static void definitions(ObjectNode answer) {
        answer.set("broker", table(KafkaConfig.configDef()));
        answer.set("topic", table(LogConfig.configDefCopy()));
        answer.set("producer", table(ProducerConfig.configDef()));
        answer.set("consumer", table(ConsumerConfig.configDef()));
        answer.set("admin", table(AdminClientConfig.configDef()));
        answer.set("brokerThrottles", table(QuotaConfigs.brokerQuotaConfigs()));
        answer.set("clientQuotas", table(QuotaConfigs.userAndClientQuotaConfigs()));
        answer.set("ipQuotas", table(QuotaConfigs.ipConfigs()));
        ObjectNode modes = answer.putObject("updateModes");
        new TreeMap<>(DynamicBrokerConfig$.MODULE$.dynamicConfigUpdateModes()).forEach(modes::put);
        ObjectNode synonyms = answer.putObject("synonyms");
        ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS.forEach((name, all) -> {
            ArrayNode list = synonyms.putArray(name);
            all.forEach(s -> list.add(s.name() + " x" + s.converter().apply("1")));
        });
    }

    static ArrayNode table(ConfigDef definition) {
        ArrayNode rows = JSON.createArrayNode();
        for (ConfigDef.ConfigKey key : definition.configKeys().values()) {
            ObjectNode row = rows.addObject();
            row.put("name", key.name);
            row.put("type", key.type.toString());
            row.put("required", !key.hasDefault());
            row.put("default", key.hasDefault() && key.defaultValue != null ? ConfigDef.convertToString(key.defaultValue, key.type) : null);
            row.put("validator", key.validator == null ? null : key.validator.toString());
            row.put("importance", key.importance.toString().toLowerCase());
            row.put("internal", key.internalConfig);
            row.put("documentation", key.documentation);
        }
        return rows;
    }

    static void values(AbstractConfig config, ConfigDef definition, ObjectNode answer) {
        ObjectNode values = answer.putObject("values");
        for (ConfigDef.ConfigKey key : definition.configKeys().values()) {
            Object value = config.values().get(key.name);
            values.put(key.name, value == null ? null : ConfigDef.convertToString(value, key.type));
        }
    }

    static void broker(JsonNode request, ObjectNode answer) {
        KafkaConfig config = KafkaConfig.fromProps(properties(request.get("given")), false);
        values(config, KafkaConfig.configDef(), answer);
        answer.put("listeners", config.listeners().mkString(" "));
        answer.put("advertised", config.effectiveAdvertisedBrokerListeners().mkString(" "));
        answer.put("interBroker", config.interBrokerListenerName().value() + " " + config.interBrokerSecurityProtocol());
        answer.put("logDirs", config.logDirs().mkString("|"));
        answer.put("version", config.interBrokerProtocolVersion().version());
    }

    static void topic(JsonNode request, ObjectNode answer) {
        Properties overrides = properties(request.get("overrides"));
        Map<String, Object> defaults = KafkaConfig.fromProps(properties(request.get("given")), false).extractLogConfigMap();
        LogConfig.validate(Collections.emptyMap(), overrides, defaults, false, true);
        values(LogConfig.fromProps(defaults, overrides), LogConfig.configDefCopy(), answer);
    }

    static KafkaConfig layered(JsonNode request) {
        KafkaConfig config = KafkaConfig.fromProps(properties(request.get("given")), false);
        config.dynamicConfig().initialize(scala.Option.empty(), scala.Option.empty());
        config.dynamicConfig().updateDefaultConfig(properties(request.get("cluster")), false);
        config.dynamicConfig().updateBrokerConfig(config.brokerId(), properties(request.get("own")), false);
        return config;
    }

    static void describe(JsonNode request, ObjectNode answer) {
        KafkaConfig config = layered(request);
        Properties overrides = properties(request.get("overrides"));
        MetadataCache cache = (MetadataCache) Proxy.newProxyInstance(
            ConfigOracle.class.getClassLoader(), new Class<?>[] {MetadataCache.class}, (self, method, arguments) -> true);
        ConfigRepository repository = (ConfigRepository) Proxy.newProxyInstance(
            ConfigOracle.class.getClassLoader(), new Class<?>[] {ConfigRepository.class}, (self, method, arguments) -> overrides);
        ConfigHelper helper = new ConfigHelper(cache, config, repository);
        answer.set("broker", described(helper, ConfigResource.Type.BROKER, String.valueOf(config.brokerId())));
        answer.set("cluster", described(helper, ConfigResource.Type.BROKER, ""));
        answer.set("topic", described(helper, ConfigResource.Type.TOPIC, "t"));
    }

    static ArrayNode described(ConfigHelper helper, ConfigResource.Type type, String name) {
        DescribeConfigsResource resource = new DescribeConfigsResource().setResourceType(type.id()).setResourceName(name).setConfigurationKeys(null);
        scala.collection.immutable.List<DescribeConfigsResource> resources =
            CollectionConverters.asScala(List.of(resource)).toList();
        DescribeConfigsResult result = helper.describeConfigs(resources, true, false).head();
        ArrayNode entries = JSON.createArrayNode();
        result.configs().stream().sorted((a, b) -> a.name().compareTo(b.name())).forEach(config -> {
            ObjectNode entry = entries.addObject();
            entry.put("name", config.name());
            entry.put("value", config.value());
            entry.put("source", config.configSource());
            entry.put("isReadOnly", config.readOnly());
            entry.put("isSensitive", config.isSensitive());
            entry.put("type", config.configType());
            ArrayNode synonyms = entry.putArray("synonyms");
            config.synonyms().forEach(s -> synonyms.addObject().put("name", s.name()).put("value", s.value()).put("source", s.source()));
        });
        return entries;
    }

    /** The part of an alteration that Kafka decides without a cluster. */
    static void alter(JsonNode request, ObjectNode answer) {
        KafkaConfig config = layered(request);
        boolean isTopic = request.get("resource").asText().equals("topic");
        Properties stored = properties(request.get("stored"));
        List<AlterConfigOp> operations = new ArrayList<>();
        request.get("changes").forEach(change -> operations.add(new AlterConfigOp(
            new ConfigEntry(change.get("name").asText(), change.get("value").isNull() ? null : change.get("value").asText()),
            AlterConfigOp.OpType.forId((byte) change.get("operation").asInt()))));
        scala.collection.immutable.Map<String, ConfigDef.ConfigKey> keys = scala.collection.immutable.Map.from(
            CollectionConverters.asScala(isTopic ? LogConfig.configKeys() : KafkaConfig.configDef().configKeys()));
        ConfigAdminManager.prepareIncrementalConfigs(
            CollectionConverters.asScala(operations).toSeq(), stored, keys);
        if (isTopic) LogConfig.validate(Collections.emptyMap(), stored, config.extractLogConfigMap(), false, true);
        else config.dynamicConfig().validate(stored, request.get("resource").asText().equals("broker"));
        ObjectNode result = answer.putObject("stored");
        new TreeMap<>(stored).forEach((name, value) -> result.put((String) name, (String) value));
    }

    static void propertiesFile(JsonNode request, ObjectNode answer) throws Exception {
        Properties properties = new Properties();
        properties.load(new ByteArrayInputStream(request.get("text").asText().getBytes(StandardCharsets.ISO_8859_1)));
        ObjectNode values = answer.putObject("values");
        new TreeMap<>(properties).forEach((name, value) -> values.put((String) name, (String) value));
    }

    static void zoo(JsonNode request, ObjectNode answer) throws Exception {
        QuorumPeerConfig config = new QuorumPeerConfig();
        config.parseProperties(properties(request.get("given")));
        answer.put("dataDir", config.getDataDir().getPath());
        answer.put("dataLogDir", config.getDataLogDir().getPath());
        InetSocketAddress client = config.getClientPortAddress();
        answer.put("clientPort", client == null ? null : client.getPort());
        answer.put("tickTimeMs", config.getTickTime());
        answer.put("minSessionTimeoutMs", config.getMinSessionTimeout());
        answer.put("maxSessionTimeoutMs", config.getMaxSessionTimeout());
        answer.put("maxConnectionsPerAddress", config.getMaxClientCnxns());
        answer.put("listenBacklog", config.getClientPortListenBacklog());
        answer.put("snapshotsRetained", config.getSnapRetainCount());
        answer.put("purgeIntervalHours", config.getPurgeInterval());
        answer.put("initLimitTicks", config.getInitLimit());
        answer.put("syncLimitTicks", config.getSyncLimit());
    }

    static void connect(JsonNode request, ObjectNode answer) {
        ConnectStringParser parser = new ConnectStringParser(request.get("text").asText());
        answer.put("chroot", parser.getChrootPath() == null ? "" : parser.getChrootPath());
        ArrayNode servers = answer.putArray("servers");
        parser.getServerAddresses().forEach(a -> servers.add(a.getHostString() + " " + a.getPort()));
    }
}
