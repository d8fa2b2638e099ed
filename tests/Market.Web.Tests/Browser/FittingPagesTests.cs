using Market.Web.Tests.Host;
using static Market.Web.Tests.Browser.AllPages;

namespace Market.Web.Tests.Browser;

/// <summary>Every page in rooms of several widths.</summary>
public sealed class FittingPagesTests(Chromium chromium)
{
    [Theory]
    [InlineData(320, true, "sat")]
    [InlineData(320, true, "btc")]
    [InlineData(320, false, "sat")]
    [InlineData(320, false, "btc")]
    [InlineData(390, false, "btc")]
    [InlineData(1280, true, "sat")]
    [InlineData(1280, true, "btc")]
    public async Task Every_page_fits_and_shows_its_figures_whole(int width, bool scripts, string units)
    {
        await using var host = await PageHost.StartAsync(
            new RecordedMarket(TimeProvider.System) { Other = "P2SHARE-K20-BTC", Since = DateTimeOffset.UnixEpoch }.Filled());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/how", phone: width < 760, scripts: scripts);
        await tab.Page.SetViewportSizeAsync(width, width < 760 ? 640 : 720);
        var wrong = new List<string>();
        foreach (var (file, path) in PagesOf(host.Market))
        {
            await tab.GotoAsync(In(units, path));
            await tab.ShootAsync($"{file}-{width}{(scripts ? "" : "-no-scripts")}-{units}", whole: true);
            if (await tab.OverhangAsync() > 0) wrong.Add($"{path} scrolls sideways");
            foreach (var figure in await CutAsync(tab)) wrong.Add($"{path} cuts {figure}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(40)));
    }

    [Theory]
    [InlineData("sat")]
    [InlineData("btc")]
    public async Task The_commands_and_their_fees_are_whole_on_a_small_wide_screen(string units)
    {
        await using var host = await PageHost.StartAsync(
            new RecordedMarket(TimeProvider.System) { Other = "P2SHARE-K20-BTC" }.Filled());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, In(units, "/"));
        await tab.Page.SetViewportSizeAsync(1280, 720);
        var room = (await tab.Page.Locator(".p-cli").BoundingBoxAsync())!;
        var fees = (await tab.Page.Locator(".p-cli .fees").BoundingBoxAsync())!;
        await tab.ShootAsync("small-wide");
        Assert.True(fees.Y + fees.Height <= room.Y + room.Height, $"{fees.Y + fees.Height} of {room.Y + room.Height}");
    }
}
