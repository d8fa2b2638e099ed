using System.Globalization;
using System.Text;

namespace Market.Web;

/// <summary>How a program asks for an operation, in four languages, each with nothing but what the language brings along.</summary>
public static class ApiSamples
{
    private const string Binary = "application/octet-stream";
    private const string Events = "text/event-stream";

    /// <summary>The languages in their order, as tabs name them.</summary>
    public static IReadOnlyList<string> Languages { get; } = ["curl", "JavaScript", "C#", "Python"];

    /// <summary>The operation in each of <see cref="Languages"/>.</summary>
    /// <param name="operation">What is asked for.</param>
    /// <param name="server">The market's address: scheme, host and port.</param>
    /// <param name="instrument">What stands where an instrument is named.</param>
    public static IReadOnlyList<string> Of(ApiOperation operation, string server, string instrument)
    {
        ArgumentNullException.ThrowIfNull(operation);
        var call = Call.ThatAsks(operation, server, instrument);
        if (operation.IsSocket) return SocketSamples.Of(call.Url, instrument);
        return [Curl(call), JavaScript(call), CSharp(call), Python(call)];
    }

    private static string Curl(Call call)
    {
        var text = new StringBuilder("curl");
        if (call.Answer == Events) text.Append(" -N");
        if (call.Method != "GET") text.Append(CultureInfo.InvariantCulture, $" -X {call.Method}");
        text.Append(CultureInfo.InvariantCulture, $" '{call.Url}'");
        foreach (var (name, value) in call.Headers)
        {
            // What stands in a variable is put in by the shell, and so between quotes that let it.
            var quote = value.Contains('$', StringComparison.Ordinal) ? '"' : '\'';
            text.Append(CultureInfo.InvariantCulture, $" \\\n  -H {quote}{name}: {value}{quote}");
        }
        if (call.Body is { } body)
            text.Append(CultureInfo.InvariantCulture, $" \\\n  -d '{body.Replace("'", "'\\''", StringComparison.Ordinal)}'");
        else if (call.IsUpload) text.Append(" \\\n  --data-binary @body.bin");
        if (call.Answer == Binary) text.Append(" \\\n  --output answer.bin");
        return text.ToString();
    }

    private static string JavaScript(Call call)
    {
        var text = new StringBuilder();
        if (call.IsUpload) text.Append("import { readFile } from 'node:fs/promises';\n");
        text.Append(CultureInfo.InvariantCulture, $"const answer = await fetch('{call.Url}'");
        var options = new List<string>();
        if (call.Method != "GET") options.Add($"method: '{call.Method}'");
        if (call.Headers.Count > 0)
        {
            options.Add("headers: { " + string.Join(", ", call.Headers.Select(header =>
                $"'{header.Name}': " + (header.Value.Contains('$', StringComparison.Ordinal)
                    ? "`Bearer ${process.env.MARKET_TOKEN}`"
                    : $"'{header.Value}'"))) + " }");
        }
        if (call.Body is { } body) options.Add($"body: JSON.stringify({Indented(body, "  ")})");
        else if (call.IsUpload) options.Add("body: await readFile('body.bin')");
        if (options.Count > 0) text.Append(", {\n  ").AppendJoin(",\n  ", options).Append(",\n}");
        text.Append(");\n");
        if (call.Answer == Events)
        {
            text.Append("for await (const part of answer.body.pipeThrough(new TextDecoderStream())) console.log(part);");
            return text.ToString();
        }
        text.Append("if (!answer.ok) throw new Error(await answer.text());\n");
        text.Append(call.Answer switch
        {
            null => "console.log(answer.status);",
            Binary => "console.log(await answer.arrayBuffer());",
            var json when IsJson(json) => "console.log(await answer.json());",
            _ => "console.log(await answer.text());",
        });
        return text.ToString();
    }

    private static string CSharp(Call call)
    {
        var text = new StringBuilder("using System.Net.Http.Headers;\n\nusing var http = new HttpClient();\n");
        var method = call.Method[0] + call.Method[1..].ToLowerInvariant();
        text.Append(CultureInfo.InvariantCulture,
            $"using var request = new HttpRequestMessage(HttpMethod.{method}, \"{call.Url}\");\n");
        foreach (var (name, value) in call.Headers.Where(header => header.Name != "Content-Type"))
        {
            text.Append(value.Contains('$', StringComparison.Ordinal)
                ? "request.Headers.Authorization = new(\"Bearer\", Environment.GetEnvironmentVariable(\"MARKET_TOKEN\"));\n"
                : $"request.Headers.Add(\"{name}\", \"{value}\");\n");
        }
        if (call.Body is { } body)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"request.Content = new StringContent(\n    \"\"\"\n    {Indented(body, "    ")}\n    \"\"\",\n");
            text.Append("    new MediaTypeHeaderValue(\"application/json\"));\n");
        }
        else if (call.IsUpload)
        {
            text.Append("request.Content = new ByteArrayContent(File.ReadAllBytes(\"body.bin\"));\n");
            text.Append(CultureInfo.InvariantCulture,
                $"request.Content.Headers.ContentType = new MediaTypeHeaderValue(\"{call.BodyType}\");\n");
        }
        if (call.Answer == Events)
        {
            text.Append("using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);\n");
            text.Append("using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());\n");
            text.Append("while (await lines.ReadLineAsync() is { } line) Console.WriteLine(line);");
            return text.ToString();
        }
        text.Append("using var answer = await http.SendAsync(request);\nanswer.EnsureSuccessStatusCode();\n");
        text.Append(call.Answer switch
        {
            null => "Console.WriteLine(answer.StatusCode);",
            Binary => "Console.WriteLine((await answer.Content.ReadAsByteArrayAsync()).Length);",
            _ => "Console.WriteLine(await answer.Content.ReadAsStringAsync());",
        });
        return text.ToString();
    }

    private static string Python(Call call)
    {
        var modules = new List<string> { "urllib.request" };
        if (call.Headers.Any(header => header.Value.Contains('$', StringComparison.Ordinal))) modules.Insert(0, "os");
        if (IsJson(call.Answer)) modules.Insert(0, "json");
        var text = new StringBuilder().AppendJoin('\n', modules.Select(module => "import " + module)).Append("\n\n");
        text.Append(CultureInfo.InvariantCulture, $"request = urllib.request.Request(\n    \"{call.Url}\",\n");
        if (call.Method != "GET") text.Append(CultureInfo.InvariantCulture, $"    method=\"{call.Method}\",\n");
        if (call.Headers.Count > 0)
        {
            text.Append("    headers={\n");
            foreach (var (name, value) in call.Headers)
            {
                text.Append(value.Contains('$', StringComparison.Ordinal)
                    ? $"        \"{name}\": \"Bearer \" + os.environ[\"MARKET_TOKEN\"],\n"
                    : $"        \"{name}\": \"{value}\",\n");
            }
            text.Append("    },\n");
        }
        if (call.Body is { } body)
            text.Append(CultureInfo.InvariantCulture, $"    data=b\"\"\"{Indented(body, "    ")}\"\"\",\n");
        else if (call.IsUpload) text.Append("    data=open(\"body.bin\", \"rb\").read(),\n");
        text.Append(")\nwith urllib.request.urlopen(request) as answer:\n");
        text.Append(call.Answer switch
        {
            null => "    print(answer.status)",
            Events => "    for line in answer:\n        print(line.decode().rstrip())",
            Binary => "    print(len(answer.read()))",
            var json when IsJson(json) => "    print(json.load(answer))",
            _ => "    print(answer.read().decode())",
        });
        return text.ToString();
    }

    private static bool IsJson(string? type) => type?.EndsWith("json", StringComparison.Ordinal) == true;

    private static string Indented(string body, string by) => body.Replace("\n", "\n" + by, StringComparison.Ordinal);

    private sealed record Call(string Method, string Url, IReadOnlyList<(string Name, string Value)> Headers, string? Body,
        string BodyType, bool IsUpload, string? Answer)
    {
        public static Call ThatAsks(ApiOperation operation, string server, string instrument)
        {
            string ValueOf(string name) => name == "instrument" ? instrument : name.ToUpperInvariant();
            var path = operation.Path;
            foreach (var one in operation.Parameters.Where(one => one.Type.EndsWith("in path", StringComparison.Ordinal)))
                path = path.Replace($"{{{one.Name}}}", ValueOf(one.Name), StringComparison.Ordinal);
            var query = operation.Parameters
                .Where(parameter => parameter.Required && parameter.Type.EndsWith("in query", StringComparison.Ordinal))
                .Select(parameter => $"{parameter.Name}={ValueOf(parameter.Name)}").ToArray();
            var headers = new List<(string Name, string Value)>();
            if (operation.NeedsKey) headers.Add(("Authorization", "Bearer $MARKET_TOKEN"));
            headers.AddRange(operation.Parameters
                .Where(parameter => parameter.Required && parameter.Type.EndsWith("in header", StringComparison.Ordinal))
                .Select(parameter => (parameter.Name, ValueOf(parameter.Name))));
            var isJson = IsJson(operation.BodyContent);
            if (operation.BodyContent.Length > 0) headers.Add(("Content-Type", operation.BodyContent));
            var answer = operation.Responses.FirstOrDefault(response => response.Status.StartsWith('2'));
            return new Call(
                operation.Method, server + path + (query.Length > 0 ? "?" + string.Join('&', query) : ""), headers,
                isJson ? operation.BodyExample ?? "{}" : null, operation.BodyContent,
                operation.BodyContent.Length > 0 && !isJson, answer is { Content.Length: > 0 } ? answer.Content : null);
        }
    }
}
