using Microsoft.Playwright;

namespace Market.Web.Tests.Browser;

/// <summary>A page in its own browser context that notes what should never happen: errors in the console, requests to
/// other hosts, exceptions of scripts.</summary>
internal sealed class Tab : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly string address;

    private Tab(IBrowserContext context, IPage page, string address)
    {
        this.context = context;
        this.address = address;
        Page = page;
    }

    private static readonly string? Pictures = Environment.GetEnvironmentVariable("MARKET_PICTURES") is { Length: > 0 } folder
        ? Directory.CreateDirectory(folder).FullName
        : null;

    public IPage Page { get; }

    public List<string> ConsoleErrors { get; } = [];

    public List<string> ForeignRequests { get; } = [];

    public static async Task<Tab> OpenAsync(
        Chromium chromium,
        string address,
        string path,
        bool phone = false,
        bool dark = false,
        bool scripts = true,
        Func<IPage, Task>? before = null
    )
    {
        var context = await chromium.Browser.NewContextAsync(
            new BrowserNewContextOptions
            {
                ViewportSize = phone
                    ? new ViewportSize { Width = 390, Height = 844 }
                    : new ViewportSize { Width = 1440, Height = 900 },
                ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
                JavaScriptEnabled = scripts,
                HasTouch = phone,
                Locale = "en-GB",
            }
        );
        context.SetDefaultTimeout((float)Chromium.Patience.TotalMilliseconds);
        var tab = new Tab(context, await context.NewPageAsync(), address);
        tab.Page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                tab.ConsoleErrors.Add(message.Text);
        };
        tab.Page.PageError += (_, error) => tab.ConsoleErrors.Add(error);
        tab.Page.Request += (_, request) =>
        {
            if (
                !request.Url.StartsWith(address, StringComparison.Ordinal)
                && !request.Url.StartsWith("data:", StringComparison.Ordinal)
            )
                tab.ForeignRequests.Add(request.Url);
        };
        if (before is not null)
            await before(tab.Page);
        await tab.GotoAsync(path);
        return tab;
    }

    public Task<IResponse?> GotoAsync(string path) =>
        Page.GotoAsync(address + path, new PageGotoOptions { WaitUntil = WaitUntilState.Load });

    /// <summary>Takes a picture for people, where a folder for them is named by MARKET_PICTURES: nothing asks for it here, and it
    /// costs more than all else that is done with a page.</summary>
    public Task ShootAsync(string name, bool whole = false) => Pictures is null
        ? Task.CompletedTask
        : Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Pictures, name + ".png"), FullPage = whole });

    /// <summary>How many pixels the document is wider than the window.</summary>
    public Task<int> OverhangAsync() =>
        Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");

    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}
