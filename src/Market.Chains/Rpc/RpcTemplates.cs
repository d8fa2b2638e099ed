using System.Collections.Immutable;
using System.Text.Json;
using Market.Bitcoin;

namespace Market.Chains.Rpc;

/// <summary>
/// A node's templates (BIP22, BIP23). While somebody asks for them the newest is kept by long poll: the node answers the moment
/// that its tip moves, and its answer is the template of the new one. Safe for several threads.
/// </summary>
/// <param name="rpc">The node.</param>
/// <param name="patient">The same node, for questions that it answers when it likes; disposed with this.</param>
/// <param name="clock">Tells the time.</param>
/// <param name="moved">Told when a template stands on another block than the one before.</param>
internal sealed class RpcTemplates(RpcConnection rpc, RpcConnection patient, TimeProvider clock, Action moved) : IAsyncDisposable
{
    /// <summary>A node that has nothing to tell answers a long poll after a minute or two; one that is silent for longer is gone.
    /// </summary>
    public static readonly TimeSpan LongestPoll = TimeSpan.FromMinutes(10);

    /// <summary>Fees and the clock move on: a template is asked for anew after this.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    // Without miners the node's thread is its own.
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(5);

    private static readonly string[] Known = ["csv", "segwit", "signet", "taproot", "testdummy"];

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private Kept? _newest;
    private DateTimeOffset _asked;

    // Counts answers kept, and tips told of: a question carries what it was when it was asked.
    private long _news;
    private Task? _polling;

    /// <summary>The newest template.</summary>
    /// <exception cref="ChainUnavailableException">The node gives none, or one that asks for a rule which is not known here.
    /// </exception>
    public async ValueTask<MainTemplate> GetAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        Question question;
        lock (_lock)
        {
            _asked = now;
            question = new Question(_news, null, null);
            if (_newest is { IsFormer: false } kept && now - kept.At < Fresh)
            {
                return kept.Template;
            }
        }

        var answer = await rpc.CallAsync("getblocktemplate", cancellation, Request(null)).ConfigureAwait(false);
        var template = Keep(answer, question);
        lock (_lock)
        {
            _polling = _newest?.LongPoll is not null && _polling is not { IsCompleted: false } && !_stop.IsCancellationRequested
                ? Task.Run(PollAsync, CancellationToken.None)
                : _polling;
        }

        return template;
    }

    /// <summary>The tip is another, as was seen otherwise: what stands on a former one is asked for anew.</summary>
    public void Forget(Hash256 tip)
    {
        lock (_lock)
        {
            _newest = _newest is { } kept && kept.Template.Previous.Value != tip
                ? kept with { IsFormer = true, News = ++_news }
                : _newest;
        }
    }

    /// <summary>Reads an answer of getblocktemplate.</summary>
    /// <exception cref="ChainUnavailableException">It is none, or asks for a rule that is not known here.</exception>
    public static MainTemplate Read(JsonElement answer)
    {
        var rules = answer.Find("rules") is { } listed ? listed.Items().Select(rule => rule.Text()).ToArray() : [];

        // A rule with this mark changes what a valid block is: without knowing it nobody builds one (BIP9).
        if (rules.FirstOrDefault(rule => rule.StartsWith('!') && !Known.Contains(rule[1..])) is { } unknown)
        {
            throw new ChainUnavailableException(
                $"The Bitcoin node's blocks keep a rule that this program does not know ({unknown[1..]}): a newer one is needed.");
        }

        var transactions = ImmutableArray.CreateBuilder<Transaction>();
        var costs = ImmutableArray.CreateBuilder<MainTransactionCost>();
        long fees = 0;
        foreach (var entry in answer.Get("transactions").Items())
        {
            transactions.Add(entry.Get("data").Transaction());
            var fee = entry.Get("fee").Long();
            costs.Add(new MainTransactionCost(new Amount(fee), entry.Find("sigops")?.Int() ?? 0));
            fees += fee;
        }

        var commitment = rules.Any(rule => rule is "segwit" or "!segwit") ? answer.Find("default_witness_commitment") : null;
        var value = answer.Get("coinbasevalue").Long();
        return new MainTemplate(
            new BlockId(answer.Get("previousblockhash").Hash()),
            answer.Get("height").Int(),
            (int)answer.Get("version").Long(),
            answer.Get("bits").Target(),
            answer.Get("curtime").UInt(),
            answer.Get("mintime").UInt(),
            new Amount(value - fees),
            new Amount(value),
            transactions.DrainToImmutable(),
            commitment is { } script ? new Script(script.Bytes()) : null)
        {
            Costs = costs.DrainToImmutable(),
        };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_polling is { } polling)
        {
            await polling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stop.Dispose();
        patient.Dispose();
    }

    /// <summary>What the node's signet asks of blocks, as its templates say it; null where they do not.</summary>
    public async ValueTask<SignetChallenge?> GetSignetChallengeAsync(CancellationToken cancellation)
    {
        var answer = await rpc.CallAsync("getblocktemplate", cancellation, Request(null)).ConfigureAwait(false);
        return SignetChallenge.Read(answer.Find("signet_challenge")?.AsText());
    }

    // Bitcoin Core gives none to who does not name the rules that its network keeps.
    private static Dictionary<string, object> Request(string? longPoll)
    {
        var request = new Dictionary<string, object>
        {
            ["rules"] = new[] { "segwit", "signet" },
            ["capabilities"] = new[] { "longpoll" },
        };
        if (longPoll is not null)
        {
            request["longpollid"] = longPoll;
        }

        return request;
    }

    private MainTemplate Keep(JsonElement answer, Question question)
    {
        var template = Read(answer);
        bool hasMoved;
        lock (_lock)
        {
            if (_newest is { } newer && IsLate(newer, template, question))
            {
                return newer.IsFormer ? template : newer.Template;
            }

            hasMoved = _newest is { } former && former.Template.Previous != template.Previous;
            _newest = new Kept(template, answer.Find("longpollid")?.AsText(), clock.GetUtcNow(), ++_news, false);
        }

        if (hasMoved)
        {
            moved();
        }

        return template;
    }

    // An answer may be long under way: what was asked before the newest was received never replaces it. A long poll is always asked
    // before, and tells of a move from the block that it was asked on: it is late where the newest has moved from there.
    private static bool IsLate(Kept newest, MainTemplate template, Question question) => question.News < newest.News
        && (question.On != newest.Template.Previous || template.Previous == newest.Template.Previous);

    private async Task PollAsync()
    {
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var polling = new Supervised("the node's templates", clock, error => error is ChainUnavailableException);
        await polling.RunAsync(
            async stop =>
            {
                for (var last = Wanted(); last is not null; last = Wanted())
                {
                    Keep(await patient.CallAsync("getblocktemplate", stop, Request(last.LongPoll)).ConfigureAwait(false), last);
                    polling.IsWell();
                }

                await idle.CancelAsync().ConfigureAwait(false);
            },
            idle.Token).ConfigureAwait(false);
    }

    // What is polled for next; null where nobody asks any more, or the node knows no long poll.
    private Question? Wanted()
    {
        lock (_lock)
        {
            return clock.GetUtcNow() - _asked < Idle && _newest is { LongPoll: { } id } kept
                ? new Question(_news, id, kept.Template.Previous)
                : null;
        }
    }

    // News: of when it was received, or found to stand on a former tip.
    private sealed record Kept(MainTemplate Template, string? LongPoll, DateTimeOffset At, long News, bool IsFormer);

    // A long poll has an id and the block that the template of this id stands on.
    private sealed record Question(long News, string? LongPoll, BlockId? On);
}
