using Market.Web.Tests.Host;
using static Market.Web.Tests.Browser.AllPages;

namespace Market.Web.Tests.Browser;

/// <summary>Every page in either unit.</summary>
public sealed class UnitFiguresTests(Chromium chromium)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_figure_of_any_page_stays_in_the_other_unit(bool scripts)
    {
        await using var host = await PageHost.StartAsync(
            new RecordedMarket(TimeProvider.System) { Other = "P2SHARE-K20-BTC" }.Filled());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/how", scripts: scripts);
        var (wrong, seen) = (new List<string>(), 0);
        foreach (var (file, path) in PagesOf(host.Market))
        {
            // What is documented there is the interface for programs, in satoshis alone.
            if (file is "docs" or "protocol" or "problems" or "how") continue;
            foreach (var units in new[] { "sat", "btc" })
            {
                await tab.GotoAsync(In(units, path));
                wrong.AddRange((await tab.Page.EvaluateAsync<string[]>(StrayFigures, units)).Select(one => $"{path}: {one}"));
                seen += await tab.Page.Locator("[data-sat]").CountAsync();
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(40)));
        Assert.InRange(seen, 1_000, int.MaxValue);
    }

    // What names the other unit outside of a sentence, what stands beside the shown one's name or below it and is not written
    // in it, and what says something else than the satoshis it carries.
    private const string StrayFigures =
        """
        units => {
          const [name, other, form] = units === 'btc'
            ? ['BTC', /\bsats?\b|satoshi/i, /^\u2212?[\d,]+\.\d{8,}$/]
            : ['sat', /\d BTC\b|\(BTC\)/, /^\u2212?(\d{1,3}(,\d{3})*|\d+\.\d+)$/];
          const found = [];
          const words = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
          while (words.nextNode()) {
            const at = words.currentNode.parentElement;
            if (at.closest('script, style, p, .swap-say, [data-announce]') === null && other.test(words.currentNode.data)) {
              found.push(`names the other unit: ${words.currentNode.data.trim()}`);
            }
          }
          for (const e of document.querySelectorAll('*')) {
            for (const a of ['data-l', 'aria-label', 'title']) {
              const text = e.getAttribute(a) ?? '';
              if (!e.matches('[data-units-switch]') && other.test(text)) found.push(`${a}: ${text}`);
            }
          }
          const figures = new RegExp(`(?<![\\w.,])(\u2212?\\d[\\d.,]*)\\s+${name}\\b`, 'g');
          for (const e of document.querySelectorAll('title, dd, td, th, li, option, h1, p, .num, .swap-top, code')) {
            if (e.closest('.swap-say, p.step-say, p.verdict') !== null) continue;
            for (const [, figure] of e.textContent.matchAll(figures)) if (!form.test(figure)) found.push(`${figure} ${name}`);
          }
          for (const table of document.querySelectorAll('table')) {
            const heads = [...table.querySelectorAll('thead th')];
            for (const [i, head] of heads.entries()) {
              if (!head.textContent.includes(`(${name})`)) continue;
              for (const row of table.tBodies) for (const { cells } of row.rows) {
                const text = cells.length === heads.length ? cells[i].textContent.trim() : '';
                if (!['', '\u2013'].includes(text) && !form.test(text)) found.push(`in a column: ${text}`);
              }
            }
          }
          for (const e of document.querySelectorAll('[data-sat]')) {
            const sats = e.textContent.replace('\u2212', '-').replaceAll(',', '').replace(units === 'btc' ? '.' : /^$/, '');
            if (BigInt(sats) === BigInt(e.dataset.sat) && form.test(e.textContent)) continue;
            found.push(`${e.textContent} for ${e.dataset.sat}`);
          }
          return found;
        }
        """;
}
