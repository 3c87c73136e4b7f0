// Says that a newer message has come; the person decides when to see it.
const news = document.getElementById("news");

async function look() {
  if (document.hidden || news.firstChild) return;
  try {
    const response = await fetch(news.dataset.latest, { cache: "no-store" });
    if (!response.ok) return;
    const { newest } = await response.json();
    if (newest === news.dataset.newest) return;
    const link = document.createElement("a");
    link.href = news.dataset.show + "?show=" + encodeURIComponent(newest) + "#" + newest;
    link.textContent = "New message: show it";
    news.append(link);
  } catch {
    // Offline for a moment: the next look will tell.
  }
}

setInterval(look, 20000);
