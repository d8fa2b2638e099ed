using Market.Web.Tests.Host;
using static Market.Web.Tests.Browser.AllPages;

namespace Market.Web.Tests.Browser;

/// <summary>Every page by the rules of accessibility.</summary>
public sealed class AccessiblePagesTests(Chromium chromium)
{
    [Theory]
    [InlineData("wide", false, false, "sat")]
    [InlineData("wide-dark", false, true, "btc")]
    [InlineData("phone", true, false, "btc")]
    [InlineData("phone-dark", true, true, "sat")]
    public async Task Every_page_is_accessible_and_quiet_and_fits(string name, bool phone, bool dark, string units)
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/", phone, dark);
        foreach (var (file, path) in PagesOf(host.Market))
        {
            await tab.GotoAsync(In(units, path));
            await CheckAsync(tab, path);
            await tab.ShootAsync($"{file}-{name}", whole: file != "trade");
        }
        Assert.Empty(tab.ConsoleErrors);
        Assert.Empty(tab.ForeignRequests);
    }
}
