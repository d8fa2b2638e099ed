using System.Text;
using System.Text.Json.Nodes;
using Market.Contracts;

namespace Market.Api.Tests.Standing;

/// <summary>Changes what the market says on its way.</summary>
internal sealed class Liar(Action<JsonNode>? standing, Func<string, string>? record, bool isEndless)
    : DelegatingHandler(new HttpClientHandler())
{
    private const string Cursor = "&cursor=";

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Whatever page is asked for, it is the first, and another follows.
        var asked = request.RequestUri!.AbsoluteUri;
        if (isEndless && asked.Contains(Cursor, StringComparison.Ordinal))
            request.RequestUri = new Uri(asked[..asked.IndexOf(Cursor, StringComparison.Ordinal)]);
        var answer = await base.SendAsync(request, cancellationToken);
        var path = request.RequestUri.AbsolutePath;
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!;
        if (path.StartsWith(Routes.Standing, StringComparison.Ordinal)) standing?.Invoke(body);
        if (path == Routes.Swaps && isEndless) body["nextCursor"] = "more";
        if (path.EndsWith("/proof", StringComparison.Ordinal) && record is not null)
            body["record"] = record(body["record"]!.GetValue<string>());
        answer.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        return answer;
    }
}
