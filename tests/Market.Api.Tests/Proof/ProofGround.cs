using Market.Bitcoin;
using Market.Client;

namespace Market.Api.Tests.Proof;

/// <summary>What the market's chains stand on, and how the test mines on them.</summary>
internal abstract class ProofGround : IAsyncDisposable
{
    /// <summary>Pays nobody whom a test accounts for.</summary>
    protected static readonly Script Nobody = Script.FromHex("0014" + new string('0', 40));

    /// <summary>The network's name.</summary>
    public abstract string Network { get; }

    /// <summary>The design of the sharechain that is traded on; null for the network's own.</summary>
    public virtual string? Sharechain => null;

    /// <summary>The instrument that is traded.</summary>
    public virtual string Instrument => TradedInstrument.IdOf(Network, Sharechain);

    /// <summary>What the server is told of its chains.</summary>
    public abstract IEnumerable<string> ServerArguments { get; }

    /// <summary>Before the server starts.</summary>
    public virtual Task BeginAsync(TimeProvider clock) => Task.CompletedTask;

    /// <summary>Once the server answers.</summary>
    public abstract Task MeetAsync(Uri server, TimeProvider clock);

    /// <summary>After the development clock was moved.</summary>
    public virtual Task TellTimeAsync() => Task.CompletedTask;

    public abstract Task MineSharesAsync(int count, Script? payTo);

    public abstract Task MineCoinsAsync(int count);

    /// <summary>A branch that replaces the blocks of the mainchain from a height on; their transactions wait again.</summary>
    public abstract Task ReorganiseCoinsAsync(int from);

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
