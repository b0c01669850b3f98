import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import joptsimple.ArgumentAcceptingOptionSpec;
import joptsimple.OptionException;
import joptsimple.OptionParser;
import joptsimple.OptionSet;
import joptsimple.OptionSpec;
import joptsimple.OptionSpecBuilder;
import net.sourceforge.argparse4j.ArgumentParsers;
import net.sourceforge.argparse4j.impl.Arguments;
import net.sourceforge.argparse4j.inf.Argument;
import net.sourceforge.argparse4j.inf.ArgumentParser;
import net.sourceforge.argparse4j.inf.ArgumentParserException;
import net.sourceforge.argparse4j.inf.MutuallyExclusiveGroup;
import net.sourceforge.argparse4j.inf.Subparser;
import net.sourceforge.argparse4j.inf.Subparsers;

/** Answers one JSON request a line with what jopt-simple or argparse4j makes of a command line. */
public class ArgumentsOracle {
    static final ObjectMapper JSON = new ObjectMapper();
    /** What a request calls the argument that argparse4j keeps under a name of its own. */
    static final Map<String, String> NAMES = new LinkedHashMap<>();

    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        ArgumentParsers.setTerminalWidthDetection(false);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JsonNode request = JSON.readTree(line);
            ObjectNode answer = JSON.createObjectNode();
            if (request.get("do").asText().equals("jopt")) jopt(request, answer);
            else argparse(request, answer);
            out.println(JSON.writeValueAsString(answer));
        }
    }

    static String[] strings(JsonNode list) {
        List<String> all = new ArrayList<>();
        list.forEach(one -> all.add(one.asText()));
        return all.toArray(new String[0]);
    }

    static Class<?> type(String name) {
        switch (name) {
            case "Integer": return Integer.class;
            case "Long": return Long.class;
            case "Double": return Double.class;
            case "Boolean": return Boolean.class;
            default: return String.class;
        }
    }

    static Object value(JsonNode node, Class<?> type) {
        if (node.isTextual()) return node.asText();
        if (node.isBoolean()) return node.asBoolean();
        if (type == Integer.class) return node.asInt();
        return type == Long.class ? (Object) node.asLong() : (Object) node.asDouble();
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    static void jopt(JsonNode request, ObjectNode answer) throws Exception {
        OptionParser parser = new OptionParser(false);
        Map<String, OptionSpec<?>> specs = new LinkedHashMap<>();
        request.get("options").fields().forEachRemaining(entry -> {
            JsonNode option = entry.getValue();
            OptionSpecBuilder builder = parser.accepts(entry.getKey(), option.get("description").asText());
            for (String other : strings(option.get("requiredUnless"))) builder.requiredUnless(other);
            for (String other : strings(option.get("availableIf"))) builder.availableIf(other);
            if (option.get("isForHelp").asBoolean()) builder.forHelp();
            String argument = option.get("argument").asText();
            if (argument.equals("none")) {
                specs.put(entry.getKey(), builder);
                return;
            }
            ArgumentAcceptingOptionSpec spec = argument.equals("required") ? builder.withRequiredArg() : builder.withOptionalArg();
            Class<?> type = type(option.get("type").asText());
            if (!option.get("describedAs").asText().isEmpty()) spec.describedAs(option.get("describedAs").asText());
            spec.ofType(type);
            option.get("defaults").forEach(one -> spec.defaultsTo(value(one, type)));
            if (option.hasNonNull("separator")) spec.withValuesSeparatedBy(option.get("separator").asText());
            if (option.get("isRequired").asBoolean()) spec.required();
            specs.put(entry.getKey(), spec);
        });
        try {
            OptionSet options = parser.parse(strings(request.get("argv")));
            ObjectNode has = answer.putObject("has");
            ObjectNode values = answer.putObject("values");
            specs.forEach((name, spec) -> {
                has.put(name, options.has(spec));
                ArrayNode list = values.putArray(name);
                try {
                    List<?> all = options.valuesOf(spec);
                    all.forEach(list::addPOJO);
                } catch (OptionException error) {
                    list.add(error.getClass().getSimpleName() + ": " + error.getMessage());
                }
            });
            ArrayNode rest = answer.putArray("rest");
            options.nonOptionArguments().forEach(one -> rest.add((String) one));
        } catch (OptionException error) {
            answer.put("error", error.getClass().getSimpleName() + ": " + error.getMessage());
        }
        ByteArrayOutputStream usage = new ByteArrayOutputStream();
        parser.printHelpOn(usage);
        answer.put("usage", usage.toString("UTF-8"));
    }

    static void argparse(JsonNode request, ObjectNode answer) throws Exception {
        JsonNode program = request.get("program");
        ArgumentParser parser = ArgumentParsers.newArgumentParser(program.get("name").asText())
            .defaultHelp(program.get("showsDefaults").asBoolean())
            .description(program.get("description").asText());
        addAll(parser, program.get("arguments"));
        if (program.hasNonNull("commands")) {
            Subparsers subparsers = parser.addSubparsers().dest("@command");
            program.get("commands").fields().forEachRemaining(entry -> {
                Subparser subparser = subparsers.addParser(entry.getKey())
                    .help(entry.getValue().get("help").asText())
                    .description(entry.getValue().get("description").asText())
                    .defaultHelp(program.get("showsDefaults").asBoolean());
                addAll(subparser, entry.getValue().get("arguments"));
            });
        }
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        ByteArrayOutputStream complained = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, "UTF-8"));
        System.setErr(new PrintStream(complained, true, "UTF-8"));
        try {
            Map<String, Object> attributes = parser.parseArgs(strings(request.get("argv"))).getAttrs();
            ObjectNode values = answer.putObject("values");
            attributes.forEach((name, value) -> values.putPOJO(NAMES.getOrDefault(name, name), value));
        } catch (ArgumentParserException error) {
            parser.handleError(error);
            answer.put("stderr", complained.toString("UTF-8"));
            answer.put("stdout", printed.toString("UTF-8"));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    static void addAll(ArgumentParser parser, JsonNode arguments) {
        Map<String, MutuallyExclusiveGroup> groups = new LinkedHashMap<>();
        arguments.fields().forEachRemaining(entry -> {
            JsonNode argument = entry.getValue();
            Function<String[], Argument> add = parser::addArgument;
            if (argument.hasNonNull("group")) {
                JsonNode group = argument.get("group");
                MutuallyExclusiveGroup known = groups.computeIfAbsent(group.toString(), key -> {
                    MutuallyExclusiveGroup made = group.hasNonNull("title")
                        ? parser.addMutuallyExclusiveGroup(group.get("title").asText())
                        : parser.addMutuallyExclusiveGroup();
                    made.required(group.get("isRequired").asBoolean());
                    if (group.hasNonNull("description")) made.description(group.get("description").asText());
                    return made;
                });
                add = known::addArgument;
            }
            String[] flags = strings(argument.get("flags"));
            Argument made = add.apply(flags.length == 0 ? new String[] {entry.getKey()} : flags);
            made.help(argument.get("help").asText());
            NAMES.put(made.getDest(), entry.getKey());
            String action = argument.get("action").asText();
            if (action.equals("true")) {
                made.action(Arguments.storeTrue());
                return;
            }
            Class<?> type = type(argument.get("type").asText());
            made.type(type);
            if (flags.length > 0) made.required(argument.get("isRequired").asBoolean());
            if (action.equals("append")) made.action(Arguments.append());
            if (!argument.get("count").asText().equals("one")) made.nargs(argument.get("count").asText());
            if (argument.hasNonNull("metavar")) made.metavar(argument.get("metavar").asText());
            if (argument.hasNonNull("defaultsTo")) made.setDefault(value(argument.get("defaultsTo"), type));
            if (argument.hasNonNull("choices")) {
                List<Object> choices = new ArrayList<>();
                argument.get("choices").forEach(one -> choices.add(value(one, type)));
                made.choices(choices);
            }
        });
    }
}
