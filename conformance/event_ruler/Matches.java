// Reads one JSON array per line, a pattern and an event as texts, and prints whether EventBridge's matcher matches them.

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import software.amazon.event.ruler.Machine;

public class Matches {
    public static void main(String[] arguments) throws Exception {
        var json = new ObjectMapper();
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = lines.readLine()) != null; ) {
            var pair = json.readTree(line);
            var machine = new Machine();
            machine.addRule("rule", pair.get(0).asText());
            System.out.println(!machine.rulesForJSONEvent(pair.get(1).asText()).isEmpty());
        }
    }
}
