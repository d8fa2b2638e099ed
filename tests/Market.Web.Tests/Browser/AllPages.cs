using Market.Contracts;
using Market.Web.Tests.Host;

namespace Market.Web.Tests.Browser;

/// <summary>All pages, and what is asked of each.</summary>
internal static class AllPages
{
    private static readonly string Axe = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "axe.min.js"));

    /// <summary>A page's path in a unit.</summary>
    public static string In(string units, string path) =>
        units == "sat" ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}units={units}";

    /// <summary>All pages of a market that has what they show.</summary>
    public static (string File, string Path)[] PagesOf(RecordedMarket market) =>
    [
        ("trade", "/"),
        ("swap", $"/swaps/{market.Newest(1)[0].Id}"),
        ("swap-refunded", $"/swaps/{market.Newest(50).First(s => s.Outcome == SwapOutcome.Refunded).Id}"),
        ("swap-settled", $"/swaps/{market.Newest(50).First(s => s.Outcome == SwapOutcome.Settled).Id}"),
        ("swaps", "/swaps"),
        ("mine", "/mine"),
        ("mine-address", $"/mine?address={RecordedMarket.MinerOf(RecordedMarket.First)}"),
        ("explorer", "/explorer"),
        ("found", "/explorer?q=deadbeef"),
        ("holders", "/explorer/holders"),
        ("address", $"/explorer/sharechain/address/{RecordedMarket.MinerOf(RecordedMarket.First)}"),
        ("share", "/explorer/sharechain/blocks/51202"),
        ("block", "/explorer/mainchain/blocks/9303"),
        ("tx", $"/explorer/mainchain/tx/{SwapScript.Hex("some")}"),
        ("standing", "/standing"),
        ("standing-key", $"/standing?key={RecordedMarket.HighKey}"),
        ("standing-wrong", "/standing?key=nobody"),
        ("markets", "/markets"),
        ("analytics", "/analytics"),
        ("analytics-price", "/analytics?show=price"),
        ("analytics-parts", "/analytics?show=parts&every=hour"),
        ("analytics-yield", "/analytics?show=yield"),
        ("analytics-hashrate", "/analytics?show=hashrate"),
        ("analytics-holders", "/analytics?show=holders"),
        ("analytics-chains", "/analytics?show=chains"),
        ("sources", "/sources"),
        ("status", "/status"),
        ("docs", "/docs"),
        ("protocol", "/docs/protocol"),
        ("problems", "/problems"),
        ("how", "/how"),
    ];

    /// <summary>What of a figure is outside of the window, or of anything around it that cuts off.</summary>
    public static Task<string[]> CutAsync(Tab tab) => tab.Page.EvaluateAsync<string[]>(
        """
        () => [...document.querySelectorAll('.num')].filter(e => e.checkVisibility() && !e.closest('.sr, pre')).filter(e => {
          const range = document.createRange();
          const words = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
          const rects = [];
          while (words.nextNode()) {
            range.selectNodeContents(words.currentNode);
            if (words.currentNode.data.trim() !== '') rects.push(...range.getClientRects());
          }
          for (const r of rects) {
            if (r.width === 0) continue;
            if (r.left < -1 || r.right > innerWidth + 1) return true;
            for (let around = e; around !== document.documentElement; around = around.parentElement) {
              if (getComputedStyle(around).overflowX === 'visible') continue;
              const edge = around.getBoundingClientRect();
              if (r.left < edge.left - 1 || r.right > edge.right + 1) return true;
            }
          }
          return false;
        }).map(e => `"${e.textContent.trim()}" in ${e.parentElement.className || e.parentElement.tagName}`)
        """);

    /// <summary>It does not scroll sideways, and axe finds nothing.</summary>
    public static async Task CheckAsync(Tab tab, string what)
    {
        Assert.True(await tab.OverhangAsync() <= 0, $"{what} scrolls sideways");
        await tab.Page.EvaluateAsync(Axe);
        var found = await tab.Page.EvaluateAsync<string[]>(
            """
            async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
              'best-practice'] })).violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(' ')}: ` +
              `${n.failureSummary.split('\n').slice(0, 3).join(' ')}`))
            """);
        Assert.True(found.Length == 0, $"{what}: {string.Join('\n', found.Take(12))}");
    }
}
