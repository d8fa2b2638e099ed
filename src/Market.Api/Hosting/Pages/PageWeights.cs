using Market.Api.Doors.Clients;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Market.Api.Hosting.Pages;

/// <summary>What the pages weigh: those of the explorer read blocks, the others lists from the database.</summary>
public static class PageWeights
{
    private const string Explorer = "/Explorer/";

    /// <summary>Sets what the routes weigh.</summary>
    public static void Set(IEndpointConventionBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        routes.Add(route => route.Metadata.Add(new CallWeight(
            route.Metadata.OfType<PageActionDescriptor>().Any(IsExplorer) ? CallWeight.Heavy : CallWeight.Middling)));
    }

    private static bool IsExplorer(PageActionDescriptor page) => page.ViewEnginePath.StartsWith(Explorer, StringComparison.Ordinal);
}
