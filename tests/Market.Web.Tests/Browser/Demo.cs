using Market.Web.Tests.Host;

namespace Market.Web.Tests.Browser;

/// <summary>One running demo for all tests that need one: what each waits for comes by itself, whoever else looks on.</summary>
public sealed class Demo : IAsyncLifetime
{
    /// <summary>The market.</summary>
    public DemoMarket Market { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Market = await DemoMarket.StartAsync(TestContext.Current.CancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Market is not null) await Market.DisposeAsync();
    }
}
