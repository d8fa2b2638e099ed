using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains.Rpc;

namespace Market.Chains.Stratum;

/// <summary>
/// One miner's connection as a state machine: what it said and the work there is go in, lines to be sent come out. It has neither
/// clock nor entropy nor socket. Before the answer to mining.subscribe nothing is sent but answers, and nobody is given work before
/// an address is known. One thread at a time.
/// </summary>
/// <param name="extraNonce1">Four bytes that no other connection has.</param>
/// <param name="addresses">Tells whose a user name is, and of which sharechain.</param>
/// <param name="rules">What it is held to.</param>
/// <param name="now">When it began.</param>
public sealed class StratumSession(
    ReadOnlyMemory<byte> extraNonce1, StratumAddresses addresses, StratumRules rules, DateTimeOffset now)
{
    private const int LongestWorker = 128;
    private const string Difficulty = "d=";
    private const string OfKey = "key=";
    private const string NoKey = "key= in the password is no account, which has 64 hexadecimal digits. Mining goes on without.";

    private readonly StratumJobs _jobs = new(rules, now);

    // By what the miner calls them.
    private readonly Dictionary<string, Named> _workers = new(StringComparer.Ordinal);
    private readonly DateTimeOffset _began = now;
    private string? _words;
    private uint _mask;
    private int _bad;
    private bool _isSubscribed;

    // What was given last may be dead.
    private bool _isPaused;

    /// <summary>The address that the connection mines for; null before it was said.</summary>
    public BitcoinAddress? Address { get; private set; }

    /// <summary>Which of the sharechains that address is of; <see cref="StratumAddresses.NoRow"/> before it was said.</summary>
    public int Row { get; private set; } = StratumAddresses.NoRow;

    /// <summary>When it was first given work; null before.</summary>
    public DateTimeOffset? WorkSince { get; private set; }

    /// <summary>What the miner calls itself; empty where it does not.</summary>
    public string Agent { get; private set; } = "";

    /// <summary>Takes a line from the miner, without its end.</summary>
    public StratumStep Take(ReadOnlySpan<byte> line, DateTimeOffset at)
    {
        var kind = StratumRequest.Read(line, out var request);
        if (kind == StratumLine.Answer)
        {
            return StratumStep.Nothing;
        }

        return request is null ? TakeBad() : Answer(request, at);
    }

    /// <summary>A line that is longer than any may be: it is not read.</summary>
    public static StratumStep TooLong { get; } = new([StratumText.Error("null", StratumReject.Malformed)])
    {
        Close = StratumEnd.LongLine,
    };

    /// <summary>Gives work; nothing follows before the connection may have any.</summary>
    public StratumStep Offer(StratumWork work, DateTimeOffset at)
    {
        if (!IsReady)
        {
            return StratumStep.Nothing;
        }

        WorkSince ??= at;
        _isPaused = false;
        return Step(_jobs.Give(work, at));
    }

    /// <summary>There is no work any more: what was given is not given again, at whatever difficulty, before there is other. Says
    /// why.</summary>
    /// <param name="why">For whoever looks at the miner.</param>
    public StratumStep Pause(string why)
    {
        _isPaused = true;
        return Say(why);
    }

    /// <summary>Says something to whoever looks at the miner, once it is allowed to.</summary>
    public StratumStep Say(string words)
    {
        if (_isSubscribed)
        {
            return new StratumStep([StratumText.ShowMessage(words)]);
        }

        _words = words;
        return StratumStep.Nothing;
    }

    /// <summary>Time passes: difficulty is looked at, and one that says nothing is closed.</summary>
    public StratumStep Tick(DateTimeOffset at) => IsReady
        ? Step(Look(at))
        : at - _began < rules.Patience ? StratumStep.Nothing
        : StratumStep.Nothing with { Close = StratumEnd.NotReady };

    private bool IsReady => _isSubscribed && Address is not null;

    // The work there is, at another difficulty where another is right by now.
    private ImmutableArray<byte[]> Look(DateTimeOffset at) => IsReady && !_isPaused ? _jobs.Look(at) : [];

    // Of thousands that are looked at every second few have anything sent.
    private static StratumStep Step(ImmutableArray<byte[]> lines) => lines.IsEmpty ? StratumStep.Nothing : new StratumStep(lines);

    private StratumStep TakeBad()
    {
        var step = new StratumStep([StratumText.Error("null", StratumReject.Malformed)]);
        return ++_bad < rules.BadLines ? step : step with { Close = StratumEnd.BadLines };
    }

    private StratumStep Answer(StratumRequest request, DateTimeOffset at) => request.Method switch
    {
        "mining.subscribe" => Subscribe(request),
        "mining.authorize" => Authorize(request, at),
        "mining.configure" => Reply(request, Configure(request, at)),
        "mining.submit" => Submit(request, at),
        "mining.suggest_difficulty" => Suggest(request, request.Difficulty(), at),
        "mining.suggest_target" => Suggest(request, TargetOf(request), at),
        "mining.extranonce.subscribe" or "mining.multi_version" => Reply(request, "true"),
        "mining.ping" => Reply(request, "\"pong\""),

        StratumQuery.Method => StratumStep.Nothing with
        {
            Ask = new StratumAsk(request.Id, request.Text(0), request.Whole(1) ?? 0),
        },

        // The sharechain's rules, and not the miner, say what stands in a block.
        "mining.get_transactions" => Reply(request, "[]"),
        _ => Refuse(request, StratumReject.UnknownMethod),
    };

    private StratumStep Subscribe(StratumRequest request)
    {
        var first = !_isSubscribed;
        _isSubscribed = true;
        Agent = request.Text(0) is { Length: <= LongestWorker } agent ? agent : "";
        var name = Hex.Encode(extraNonce1.Span);
        var lines = ImmutableArray.CreateBuilder<byte[]>();
        var subscriptions = $$"""[["mining.set_difficulty","{{name}}"],["mining.notify","{{name}}"]]""";
        lines.Add(StratumText.Result(request.Id, $$"""[{{subscriptions}},"{{name}}",{{StratumWork.ExtraNonceBytes}}]"""));
        if (_words is { } words)
        {
            lines.Add(StratumText.ShowMessage(words));
            _words = null;
        }

        return new StratumStep(lines.ToImmutable()) { WantsWork = first && IsReady };
    }

    private StratumStep Authorize(StratumRequest request, DateTimeOffset at)
    {
        var first = Address is null;
        var reject = Name(request.Text(0));
        if (reject != StratumReject.None)
        {
            return Refuse(request, reject);
        }

        // Of a password only this much is read.
        var said = StratumStep.Nothing;
        foreach (var part in (request.Text(1) ?? "").Split(',', ';', ' '))
        {
            if (part.StartsWith(Difficulty, StringComparison.OrdinalIgnoreCase)
                && StratumRequest.ReadDifficulty(part[Difficulty.Length..]) is { } difficulty)
            {
                _jobs.Suggest(difficulty, at);
            }

            if (part.StartsWith(OfKey, StringComparison.OrdinalIgnoreCase))
            {
                said = Earn(request.Text(0)!, part[OfKey.Length..]);
            }
        }

        return new StratumStep([StratumText.Result(request.Id, "true"), .. said.Lines]) { WantsWork = first && IsReady };
    }

    // The last one named counts. One that is no key stops nobody from mining.
    private StratumStep Earn(string worker, string text)
    {
        var isKey = XOnlyPublicKey.TryParse(text.ToLowerInvariant(), out var key);
        _workers[worker] = _workers[worker] with { Key = key };
        return isKey ? StratumStep.Nothing : Say(NoKey);
    }

    private StratumReject Name(string? worker)
    {
        if (worker is null or { Length: 0 or > LongestWorker })
        {
            return StratumReject.NoAddress;
        }

        if (addresses.Read(worker, out var row, out var address) is var reject and not StratumReject.None)
        {
            return reject;
        }

        if (Address is not null && (row, address) != (Row, Address))
        {
            return StratumReject.OtherAddress;
        }

        if (_workers.Count >= rules.MostWorkers && !_workers.ContainsKey(worker))
        {
            return StratumReject.TooManyWorkers;
        }

        (Row, Address) = (row, address);
        _workers.TryAdd(worker, new Named(StratumUser.Of(Address!, worker), null));
        return StratumReject.None;
    }

    // BIP310: what was asked for stands in the answer, and nothing else.
    private string Configure(StratumRequest request, DateTimeOffset at)
    {
        var asked = request.Parameters.ValueKind == JsonValueKind.Array ? request.Parameters : default;
        var options = request.Count > 1 ? asked[1] : default;
        var answer = new StringBuilder("{");
        var names = request.Count > 0 && asked[0].ValueKind == JsonValueKind.Array ? asked[0].EnumerateArray() : default;
        foreach (var extension in names.Select(name => name.AsText()).Distinct())
        {
            answer.Append(answer.Length > 1 ? "," : "").Append(extension switch
            {
                "version-rolling" => Roll(options),
                "minimum-difficulty" => Ease(options, at) ? "\"minimum-difficulty\":true" : "\"minimum-difficulty\":false",
                "subscribe-extranonce" => "\"subscribe-extranonce\":true",
                "info" => "\"info\":true",
                _ => $"{JsonSerializer.Serialize(extension ?? "")}:false",
            });
        }

        return answer.Append('}').ToString();
    }

    private string Roll(JsonElement options)
    {
        var asked = StratumWork.RollingMask;
        if (options.TryFind("version-rolling.mask", out var mask)
            && !uint.TryParse(mask.AsText(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out asked))
        {
            asked = 0;
        }

        _mask = asked & StratumWork.RollingMask;
        return _mask == 0
            ? "\"version-rolling\":false"
            : $"\"version-rolling\":true,\"version-rolling.mask\":\"{_mask:x8}\"";
    }

    private bool Ease(JsonElement options, DateTimeOffset at)
    {
        var found = options.TryFind("minimum-difficulty.value", out var value) && value.ValueKind == JsonValueKind.Number
            ? StratumRequest.ReadDifficulty(value.GetRawText())
            : null;
        if (found is { } difficulty)
        {
            _jobs.Suggest(difficulty, at);
        }

        return found is not null;
    }

    private StratumStep Suggest(StratumRequest request, double? difficulty, DateTimeOffset at)
    {
        if (difficulty is not { } wanted)
        {
            return Refuse(request, StratumReject.Malformed);
        }

        _jobs.Suggest(wanted, at);
        return new StratumStep([StratumText.Result(request.Id, "true"), .. Look(at)]);
    }

    private static double? TargetOf(StratumRequest request) =>
        Hash256.TryParse(request.Text(0), out var target) && !target.IsZero ? StratumDifficulty.Of(target.ToU256()) : null;

    private StratumStep Submit(StratumRequest request, DateTimeOffset at)
    {
        if (!_isSubscribed)
        {
            return Refuse(request, StratumReject.NotSubscribed);
        }

        var worker = request.Text(0);
        if (worker is null || !_workers.TryGetValue(worker, out var named))
        {
            return Refuse(request, StratumReject.NotAuthorized);
        }

        var reject = _jobs.Take(request, extraNonce1.Span, _mask, out var difficulty, out var find, out var isWanted);
        var lines = reject == StratumReject.None
            ? [StratumText.Result(request.Id, "true"), .. Look(at)]
            : (ImmutableArray<byte[]>)[StratumText.Error(request.Id, reject)];
        return new StratumStep(lines)
        {
            Result = new StratumResult(named.User, reject, difficulty, find?.Difficulty ?? 0, isWanted ? find!.ToShare() : null)
            {
                Key = named.Key,
            },
        };
    }

    private static StratumStep Reply(StratumRequest request, string result) =>
        new([StratumText.Result(request.Id, result)]);

    private static StratumStep Refuse(StratumRequest request, StratumReject reject) =>
        new([StratumText.Error(request.Id, reject)]);

    private readonly record struct Named(string User, XOnlyPublicKey? Key);
}
