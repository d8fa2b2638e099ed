using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Stratum;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Stratum;

/// <summary>A session, the miner's end of it, and real work from a node of a devnet.</summary>
internal sealed class SessionLab : IAsyncDisposable
{
    public const string Worker = "rig1";

    /// <summary>The extension of BIP310.</summary>
    public static readonly string[] Rolling = ["version-rolling"];

    private static readonly PrivateKey Key = PrivateKey.Create([.. Enumerable.Repeat((byte)9, 32)]);
    private int _id;

    private SessionLab(ManualClock clock, EmbeddedMainchain main, ShareNode node, StratumRules rules)
    {
        (Clock, Main, Node, Rules) = (clock, main, node, rules);
        Address = BitcoinAddress.FromScript(Script.P2wpkh(Key.PublicKey), node.Network).ToString();
        Session = NewSession();
    }

    public ManualClock Clock { get; }

    public EmbeddedMainchain Main { get; }

    public ShareNode Node { get; }

    public StratumRules Rules { get; }

    public StratumSession Session { get; private set; }

    public StratumWire Wire { get; private set; } = new();

    public string Address { get; }

    public string User => $"{Address}.{Worker}";

    public Script Miner => Script.P2wpkh(Key.PublicKey);

    public StratumStep Last { get; private set; } = StratumStep.Nothing;

    public static async Task<SessionLab> BeginAsync(StratumRules? rules = null)
    {
        var clock = new ManualClock();
        var main = await Lab.MainchainAsync(clock, premine: 3);
        return new SessionLab(clock, main, await ShareLab.NodeAsync(main, clock), rules ?? new StratumRules());
    }

    /// <summary>A session that is subscribed and authorized, with work.</summary>
    public static async Task<SessionLab> MiningAsync(StratumRules? rules = null)
    {
        var lab = await BeginAsync(rules);
        lab.Ask("mining.subscribe", "test/1");
        Assert.True(lab.Ask("mining.authorize", lab.User, "x").GetProperty("result").GetBoolean());
        lab.Offer(await lab.WorkAsync());
        return lab;
    }

    public static Dictionary<string, object> MaskOf(string mask) => new() { ["version-rolling.mask"] = mask };

    public void Reconnect() => (Session, Wire) = (NewSession(), new StratumWire());

    public async Task<StratumWork> WorkAsync() => new(await Node.GetTemplateAsync(Miner));

    /// <summary>Work whose share is harder than any difficulty that a test asks for.</summary>
    public async Task<StratumWork> HardWorkAsync()
    {
        var template = await Node.GetTemplateAsync(Miner);
        return new StratumWork(template with { Header = template.Header with { Bits = new CompactTarget(0x1900ffff) } });
    }

    /// <summary>A share of somebody else moves the sharechain's tip.</summary>
    public Task MoveAsync() => ShareLab.MineAsync(Node, Clock, 1, Coins.Owner(77));

    public void Pause(string why) => Hear(Session.Pause(why));

    public void Offer(StratumWork work) => Hear(Session.Offer(work, Clock.Now));

    public void Tick(double seconds)
    {
        Clock.Advance(TimeSpan.FromSeconds(seconds));
        Hear(Session.Tick(Clock.Now));
    }

    public ImmutableArray<string> Send(string line) => Hear(Session.Take(Encoding.UTF8.GetBytes(line), Clock.Now));

    /// <summary>Sends a request; its answer.</summary>
    public JsonElement Ask(string method, params object?[] parameters) => AskRaw(method, JsonSerializer.Serialize(parameters));

    public JsonElement AskRaw(string method, string parameters)
    {
        var id = ++_id;
        var lines = Send($$"""{"id":{{id}},"method":"{{method}}","params":{{parameters}}}""");
        using var answer = JsonDocument.Parse(lines[0]);
        Assert.Equal(id, answer.RootElement.GetProperty("id").GetInt32());
        return answer.RootElement.Clone();
    }

    /// <summary>The code of an answer's error; 0 where there is none.</summary>
    public static int CodeOf(JsonElement answer)
    {
        var error = answer.GetProperty("error");
        if (error.ValueKind == JsonValueKind.Null)
        {
            return 0;
        }

        Assert.Equal(3, error.GetArrayLength());
        Assert.NotEmpty(error[1].GetString()!);
        return error[0].GetInt32();
    }

    public int Submit(params string?[] parameters) => CodeOf(Ask("mining.submit", [.. parameters]));

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await Main.DisposeAsync();
    }

    private StratumSession NewSession() => new(new byte[] { 1, 2, 3, 4 }, StratumAddresses.Of(Node.Network), Rules, Clock.Now);

    private ImmutableArray<string> Hear(StratumStep step)
    {
        Last = step;
        var lines = step.Lines.Select(line => Encoding.UTF8.GetString(line)).ToImmutableArray();
        foreach (var line in lines)
        {
            Assert.EndsWith("\n", line, StringComparison.Ordinal);
            Wire.Hear(line);
        }

        return lines;
    }
}
