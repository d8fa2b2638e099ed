namespace Market.Web;

/// <summary>Figures that are shown beside each other.</summary>
/// <param name="Id">In the page's address.</param>
/// <param name="Name">For people.</param>
/// <param name="Lead">What they tell, in a sentence or two.</param>
/// <param name="Figures">The figures, the first before the others; none where the page shows something else.</param>
public sealed record FigureGroup(string Id, string Name, string Lead, IReadOnlyList<ShownFigure> Figures);
