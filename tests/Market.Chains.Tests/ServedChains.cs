using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Testing.Chains;

namespace Market.Chains.Tests;

/// <summary>A mainchain and a sharechain on it, both served by a market's node interface, for as long as a test.</summary>
public abstract class ServedChains : IAsyncLifetime
{
    private readonly TempFolder _folder = new();

    /// <summary>What the chains' blocks are dated by.</summary>
    private protected ManualClock Clock { get; } = new();

    private protected EmbeddedMainchain Main { get; private set; } = null!;

    private protected ShareNode Shares { get; private set; } = null!;

    private protected NodeHost Host { get; private set; } = null!;

    /// <summary>A folder of the test's own.</summary>
    private protected string Folder => _folder.Path;

    public async ValueTask InitializeAsync()
    {
        Main = await Lab.MainchainAsync(Clock);
        Shares = await ShareLab.NodeAsync(Main, Clock);
        Host = new NodeHost(new NodeHttpService(Main, Shares));
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Shares.DisposeAsync();
        await Main.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
