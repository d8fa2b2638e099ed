using Market.Api.Doors.Clients;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Market.Api.Hosting.Pages;

/// <summary>What the pages weigh: those of the explorer, of miners and of another pool look through chains, the others read lists
/// from the database.</summary>
public static class PageWeights
{
    private const string Explorer = "/Explorer/";
    private const string Mine = "/Mine";
    private const string Sources = "/Sources";

    /// <summary>Sets what the routes weigh.</summary>
    public static void Set(IEndpointConventionBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        routes.Add(route => route.Metadata.Add(new CallWeight(
            route.Metadata.OfType<PageActionDescriptor>().Any(ReadsChains) ? CallWeight.Heaviest : CallWeight.Middling)));
    }

    private static bool ReadsChains(PageActionDescriptor page) =>
        page.ViewEnginePath is Mine or Sources || page.ViewEnginePath.StartsWith(Explorer, StringComparison.Ordinal);
}
