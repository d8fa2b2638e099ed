using System.Text.Json;
using Market.Api.Hosting.OpenApi;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Testing;
using Market.Web;

namespace Market.Api.Tests.Interface;

/// <summary>What the pages show in curl, JavaScript, C# and Python is run against the server that shows it.</summary>
public sealed class SampleTests(MarketFixture fixture) : IClassFixture<MarketFixture>
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Languages => [.. ApiSamples.Languages];

    [Theory]
    [MemberData(nameof(Languages))]
    public async Task Of_each_kind_of_operation_one_is_run(string language)
    {
        var operations = await OperationsAsync();
        using var ann = await Trader.SignInAsync(fixture.Host.Address, 1);
        var token = ann.Http.DefaultRequestHeaders.Authorization!.Parameter;
        using var run = new SampleRun();
        // A value that is read, one that is asked for with a body, one of an account, a stream and a socket.
        Assert.Contains("bids", await TextAsync("GET", Routes.Book), StringComparison.Ordinal);
        Assert.Contains("challenge", await TextAsync("POST", Routes.Challenges), StringComparison.Ordinal);
        Assert.Contains(ann.Key, await TextAsync("GET", Routes.Account, token), StringComparison.Ordinal);

        var stream = Of("GET", Streams.SsePath).Replace("CHANNELS", Channels.Trades(Books.Id), StringComparison.Ordinal);
        var told = string.Join('\n', await run.RunAsync(language, stream, lines: 2));
        Assert.Contains("\"snapshot\"", told, StringComparison.Ordinal);

        // Curl opens the socket and writes no frames; the first line of Python's is the upgrade, too.
        var socket = Of("GET", Streams.SocketPath);
        var lines = await run.RunAsync(language, socket, lines: language switch { "curl" => 1, "Python" => 3, _ => 2 });
        if (language is "curl" or "Python") Assert.Contains("101", lines[0], StringComparison.Ordinal);
        if (language == "curl") return;
        Assert.Equal(
            [StreamEventType.Subscribed, StreamEventType.Snapshot],
            lines.TakeLast(2).Select(line => JsonSerializer.Deserialize<StreamEvent>(line, MarketJson.Options)!.Type));

        string Of(string method, string path) => SamplesOf(operations.Single(
            one => one.Method == method && one.Path == path))[ApiSamples.Languages.ToList().IndexOf(language)];

        async Task<string> TextAsync(string method, string path, string? with = null) =>
            string.Join('\n', await run.RunAsync(language, Of(method, path), with));
    }

    [Fact]
    public async Task All_are_programs_of_their_language()
    {
        var samples = (await OperationsAsync()).Select(SamplesOf).ToList();
        Assert.True(samples.Count > 50);
        Assert.All(samples, one => Assert.Equal(ApiSamples.Languages.Count, one.Count));
        var folder = Directory.CreateTempSubdirectory("market-samples-").FullName;
        try
        {
            var texts = Path.Combine(folder, "samples.json");
            await File.WriteAllTextAsync(texts, JsonSerializer.Serialize(samples), Cancel);
            await Programs.RunAsync("python3", ["-c", """
                import ast, json, sys
                for one in json.load(open(sys.argv[1])): ast.parse(one[3])
                """, texts], folder, Limit);
            await Programs.RunAsync("node", ["--experimental-vm-modules", "--input-type=module", "-e", """
                import { readFile } from 'node:fs/promises';
                import { SourceTextModule } from 'node:vm';
                for (const one of JSON.parse(await readFile(process.argv[1]))) new SourceTextModule(one[1]);
                """, texts], folder, Limit);
            var script = Path.Combine(folder, "samples.sh");
            await File.WriteAllTextAsync(script, string.Join('\n', samples.Select(one => one[0])), Cancel);
            await Programs.RunAsync("bash", ["-n", script], folder, Limit);
            Assert.All(samples, one => SampleRun.Parse(one[2]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private IReadOnlyList<string> SamplesOf(ApiOperation operation) =>
        ApiSamples.Of(operation, fixture.Host.Address.ToString().TrimEnd('/'), Books.Id);

    private async Task<IReadOnlyList<ApiOperation>> OperationsAsync() =>
        [.. ApiDocument.Of(await fixture.Host.Get<OpenApiFile>().ReadAsync(Cancel)).Groups.SelectMany(group => group.Operations)];
}
