using Market.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Market.Web.Pages;

/// <summary>What a code of the interface means and what to do about it; without a code all of them. A program that asks for JSON
/// gets that.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class ProblemModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    /// <summary>The kinds that are shown.</summary>
    public IReadOnlyList<ProblemKind> Kinds { get; private set; } = ProblemKinds.All;

    /// <summary>The one that was asked for; null where all are shown.</summary>
    public ProblemKind? Kind { get; private set; }

    /// <summary>What is wrong with the market itself is explained by these pages, too.</summary>
    protected override bool IsShownAlways => true;

    /// <summary>GET.</summary>
    public IActionResult OnGet(string? code)
    {
        if (ProblemPages.IsProgram(Request)) return new Written(code is null
            ? Microsoft.AspNetCore.Http.Results.Json(ProblemKinds.All, MarketJson.Options)
            : ProblemPages.Json(code));
        if (code is null) return Page();
        Kind = ProblemKinds.Find(code);
        if (Kind is null)
            return Missing("There is no such code", "The interface refuses with a closed set of codes, and this is none of them.",
                "All codes are listed at /problems.");
        Kinds = [Kind];
        return Page();
    }

    private sealed class Written(Microsoft.AspNetCore.Http.IResult result) : ActionResult
    {
        public override Task ExecuteResultAsync(ActionContext context)
        {
            ArgumentNullException.ThrowIfNull(context);
            return result.ExecuteAsync(context.HttpContext);
        }
    }
}
